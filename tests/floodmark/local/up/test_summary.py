from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from floodmark.local.up.summary import (
    INCIDENTS,
    MAX_SHOWN,
    SPAN,
    TOTALS,
    Run,
    StoredCounts,
    SummarisedIncident,
    ask,
    lines,
)

NOON = datetime(2025, 7, 12, 12, 0, tzinfo=UTC)
RUN = Run(["a.csv: 10 records"], 10, 0, 0, 12.34, "'.floodmark/my run'", "floodmark")
ONE = SummarisedIncident("warning", "resolved", "all", "status", "reversed", NOON, NOON, 5, 3.2572, "z_score")
STORED = StoredCounts(4320, NOON, NOON, 38_880, {"status": {"approved": 504_622, "denied": 29_957}}, (ONE,))


class Answers:
    """A client that knows three questions."""

    def __init__(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        self.rows = rows

    def query(self, query: str) -> Any:
        return type("Answer", (), {"result_rows": self.rows[query]})


def test_the_store_is_asked_for_minutes_totals_and_incidents() -> None:
    noon = NOON.replace(tzinfo=None)  # as the client has what is UTC
    row = ("warning", "resolved", "all", "status", "reversed", noon, noon, 5, 3.2572, "z_score")
    answers = {SPAN: [(4320, noon, noon, 38_880)], TOTALS: [("status", "approved", 504_622)], INCIDENTS: [row]}
    stored = ask(Answers(answers))
    assert stored == StoredCounts(4320, NOON, NOON, 38_880, {"status": {"approved": 504_622}}, (ONE,))


def test_an_empty_store_has_no_first_minute() -> None:
    epoch = datetime.fromtimestamp(0, UTC)
    stored = ask(Answers({SPAN: [(0, epoch, epoch, 0)], TOTALS: [], INCIDENTS: []}))
    assert "none judged" in "\n".join(lines(stored, RUN))


def test_the_summary_says_what_came_of_it_and_how_to_look_further() -> None:
    text = "\n".join(lines(STORED, RUN))
    for part in ("a.csv: 10 records", "4,320 judged", "approved 504,622 · denied 29,957", "1: 1 warning", "12.3 s"):
        assert part in text
    assert "  floodmark sql --data-dir '.floodmark/my run' \\\n    \"SELECT minute" in text
    assert "  floodmark up --data-dir '.floodmark/my run'    (starts it again" in text
    assert max(map(len, text.splitlines())) <= 120


def test_dead_letters_come_with_the_way_to_see_them() -> None:
    assert "0 dead letters, 0 too late" in "\n".join(lines(STORED, RUN))
    text = "\n".join(lines(STORED, replace(RUN, dead_letters=1, late=2)))
    assert "1 dead letter (see `floodmark dlq list`), 2 too late" in text


def test_of_many_incidents_the_worst_are_listed_in_the_order_of_time_and_the_others_counted() -> None:
    many = tuple(
        replace(ONE, since=at, last_seen=at, z=float(n)) for n in range(30) for at in (NOON.replace(minute=n),)
    )
    worst = replace(ONE, severity="critical", z=None, since=NOON.replace(hour=13), last_seen=NOON.replace(hour=13))
    text = lines(replace(STORED, incidents=(*many, worst)), RUN)
    listed = [line for line in text if line.startswith("    ") and "peak" in line]
    assert len(listed) == MAX_SHOWN
    assert "critical" in listed[-1]
    assert [line.split()[2] for line in listed[:-1]] == [f"12:{n:02}" for n in range(11, 30)]
    assert f"… and {31 - MAX_SHOWN} more" in "\n".join(text)


def test_no_incident_is_said_in_a_word() -> None:
    assert "  incidents     none" in lines(replace(STORED, incidents=()), RUN)


def test_an_incident_tells_its_span_and_whether_it_is_open() -> None:
    def told(one: SummarisedIncident) -> str:
        return next(line for line in lines(replace(STORED, incidents=(one,)), RUN) if "peak" in line)

    assert "2025-07-12 12:00 UTC  " in told(ONE)
    assert "2025-07-12 12:00 to 12:07 UTC" in told(replace(ONE, last_seen=NOON.replace(minute=7)))
    overnight = replace(ONE, last_seen=datetime(2025, 7, 13, 1, tzinfo=UTC))
    assert "2025-07-12 12:00 to 2025-07-13 01:00 UTC" in told(overnight)
    assert told(replace(ONE, state="firing")).endswith("firing")
    assert "code 51 in shop" in told(replace(ONE, dimension="auth_code", key="51", scope="shop"))


def test_many_codes_are_wrapped_and_none_is_lost() -> None:
    codes = {f"code{n:02}": 1000 - n for n in range(40)}
    text = lines(replace(STORED, totals={"auth_code": codes}), RUN)
    assert all(len(line) <= 120 for line in text if "code0" in line)
    assert all(any(code in line for line in text) for code in codes)


def test_in_a_narrow_terminal_only_commands_are_longer_than_a_line() -> None:
    one = replace(ONE, key="backend_reversed", last_seen=NOON.replace(minute=7), rules="code_rise, share_rise")
    run = replace(RUN, replayed=["transactions.csv, transactions_auth_codes.csv: 9,065 records published in 1.0 s"])
    codes = {f"code{n:02}": 1000 - n for n in range(40)}
    text = lines(replace(STORED, incidents=(one,), totals={"auth_code": codes}), run, 80)
    assert [line for line in text if len(line) > 80 and "sql" not in line and "SELECT" not in line] == []
    place = text.index("    warning   2025-07-12 12:00 to 12:07 UTC  backend_reversed")
    assert text[place + 1].split() == ["peak", "5", "z", "3.3", "code_rise,", "share_rise"]
