import io
from dataclasses import replace
from datetime import timedelta

from rich.console import Console

from floodmark.local.up.cursor import Cursor
from floodmark.local.up.flow import Flow
from floodmark.local.up.status import ComponentRow, ReplayRow, Status, rate, watching
from floodmark.local.up.view import draw, number
from sinks.live.feed import Picture
from tests.floodmark.local.up.alert_kit import NOON, NOON_MS, alert, seen

EMPTY = Status("starting", "kafka 127.0.0.1:9092", 3.0, Picture(), Flow(), ())
STATUSES = ("approved", "denied", "failed", "reversed", "backend_reversed", "refunded", "processing", "zzz", "extra")
FULL = Status(
    doing="replaying",
    broker="kafka 127.0.0.1:23456",
    uptime_s=3700.0,
    picture=Picture(
        NOON_MS,
        tuple(seen(name, verdict="critical" if name == "failed" else "normal") for name in STATUSES),
        tuple(alert(f"i{n}", n, dimension="auth_code", key="51") for n in range(50)),
    ),
    flow=Flow(1_234_567.8, 52_310.2, 3.14159, 12_345_678, 12, 456, 99_999_999),
    components=tuple(ComponentRow(f"clickhouse-{n}", "running", 4_194_303, n, 100_000.0) for n in range(20)),
    alerts=tuple(alert(f"i{n}", n, state="resolved") for n in range(10)),
    replay=ReplayRow(12_345, 544_320, 31_000.4, alert().timestamp, 17.2),
)


def drawn(status: Status, width: int = 100, height: int = 30) -> list[str]:
    console = Console(width=width, height=height, record=True, file=io.StringIO())

    console.print(draw(status, height, width))
    return console.export_text().splitlines()


def test_the_fullest_view_fits_a_terminal_of_100_by_30() -> None:
    lines = drawn(FULL)
    assert len(lines) <= 28
    assert max(map(len, lines)) <= 100


def test_the_view_keeps_its_height_as_things_come_and_go() -> None:
    assert len(drawn(FULL)) == len(drawn(replace(EMPTY, replay=FULL.replay)))


def test_a_narrow_terminal_loses_columns_and_no_names() -> None:
    lines = drawn(FULL, width=80, height=24)
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert "backend_reversed" in "\n".join(lines)
    assert "clickhouse" in "\n".join(lines)
    assert max(map(len, drawn(FULL, width=40))) <= 40


def test_nothing_has_no_minus_before_it() -> None:
    assert [number(z) for z in (None, -0.04, 0.0, -0.06)] == ["–", "0.0", "0.0", "-0.1"]


def test_a_low_terminal_gets_what_fits() -> None:
    lines = drawn(FULL, height=10)
    assert len(lines) == 4
    assert "replaying" in lines[0]
    assert "12,345 of 544,320 rows" in lines[3]


def test_what_matters_is_there() -> None:
    text = "\n".join(drawn(FULL))
    for part in ("2025-07-12 12:00–12:01 UTC", "backend_reversed", "85.7 %", "critical", "Open incidents: 50"):
        assert part in text
    for part in ("replay   2 %", "12,345 of 544,320 rows", "31,000 rows/s", "17 s left", "to count 12,345,678"):
        assert part in text


def test_nothing_known_yet_is_said() -> None:
    text = "\n".join(drawn(EMPTY))
    assert "no minute is closed yet" in text
    assert "none yet" in text


def test_each_status_keeps_its_line_when_counts_change() -> None:
    def order(counts: dict[str, int]) -> list[str]:
        picture = Picture(NOON_MS, tuple(seen(name, count=count) for name, count in counts.items()))
        lines = drawn(replace(EMPTY, picture=picture))
        return [word for line in lines for word in line.split()[1:2] if word in counts]

    assert order({"failed": 9, "approved": 1}) == order({"failed": 1, "approved": 9}) == ["approved", "failed"]


def test_the_scope_with_the_most_traffic_is_shown_and_that_there_are_others() -> None:
    picture = Picture(NOON_MS, (seen(total=5, scope="small"), seen(total=500, scope="large")))
    assert "large, 1 of 2" in "\n".join(drawn(replace(EMPTY, picture=picture)))


def test_an_unwell_or_dead_component_stands_out() -> None:
    rows = (ComponentRow("a", "running", 1, 0, 1.0, unwell="stuck"), ComponentRow("b", "waiting", None, 2, 5.0))
    text = "\n".join(drawn(replace(EMPTY, components=rows)))
    assert "◍ unwell" in text
    assert "✖ waiting" in text


def test_a_rate_has_no_digits_that_mean_nothing() -> None:
    assert [rate(v) for v in (0, 0.44, 9.94, 10.4, 53_210.7)] == ["0", "0.4", "9.9", "10", "53,211"]


def test_the_share_of_an_empty_replay_is_whole() -> None:
    assert ReplayRow(0, 0, 0.0).share == 1.0


DENIED = alert(
    "0123456789abcdef",
    1,
    severity="critical",
    key="denied",
    scope="shop-a",
    observed=153,
    expected=20.2,
    attribution=[{"dimension": "auth_code", "key": "51", "percent": 96.2}, {"effect": "rate", "transactions": 3.0}],
    estimated_loss={"transactions": 320.5},
    recommendation="Ask the acquirer.",
)
VOLUME = alert("fedc", 2, dimension="volume", key="total", acknowledged_by="ann", acknowledged_at=NOON)
SILENT = alert("abcd", 3, dimension="stream", key="silent", severity="critical", observed=0)
HIDDEN = alert("aaaa", 4, severity="critical", dimension="auth_code", key="59", inhibited_by="abcd")
OPEN = replace(FULL, picture=Picture(NOON_MS, (seen(),), (HIDDEN, VOLUME, DENIED, SILENT)), replay=None)


def lines_of(status: Status, *words: str, width: int = 80) -> list[str]:
    return [line for line in drawn(status, width, 24) if all(word in line for word in words)]


def test_an_incident_has_its_words_scope_cause_loss_and_who_is_on_it() -> None:
    (line,) = lines_of(OPEN, "denied in shop-a")
    for part in ("critical", "07-12 12:01", "51 (96 %)", "320", "nobody", "01234567"):
        assert part in line
    assert "153 of ~20" in lines_of(OPEN, "denied in shop-a", width=100)[0]
    assert "ann" in lines_of(OPEN, "all transactions")[0]
    assert "hidden" in lines_of(OPEN, "code 59")[0]
    assert len(lines_of(OPEN, "stream silent")) == 1


def test_a_low_terminal_has_the_latest_alerts_where_incidents_leave_room() -> None:
    none = replace(OPEN, picture=Picture(NOON_MS, (seen(),)), alerts=(DENIED, VOLUME))
    lines = drawn(none, 80, 24)
    assert len(lines) == len(drawn(OPEN, 80, 24))
    assert lines_of(none, "critical", "denied in shop-a", "320 lost")
    assert next(n for n, line in enumerate(lines) if "all transactions" in line) < len(lines) - 2


def test_what_needs_somebody_comes_first() -> None:
    order = [
        line.split()[-2] for line in drawn(replace(OPEN, alerts=()), 80, 24) if "07-12 12:0" in line and "│ " in line
    ]
    assert order == ["abcd", "01234567", "fedc", "aaaa"]


def test_the_chosen_incident_is_shown_in_full_and_the_list_moves_with_it() -> None:
    opened = replace(OPEN, cursor=Cursor(DENIED.incident_id, opened=True))
    assert len(drawn(opened, 80, 24)) == len(drawn(OPEN, 80, 24)) <= 24
    text = "\n".join(drawn(opened, 80, 24))
    for part in ("reversed is high", "320 transactions so far", "floodmark ack 0123456789abcdef", "Ask the acquirer."):
        assert part in text
    many = tuple(alert(f"n{n:02}", n) for n in range(50))
    last = replace(OPEN, picture=replace(OPEN.picture, incidents=many), cursor=Cursor("n00"))
    assert lines_of(last, "n00")
    assert not lines_of(last, "n49")


def test_what_is_not_replayed_again_is_told_where_the_replay_would_be() -> None:
    again = replace(OPEN, not_repeated="not replayed again (--again does): transactions.csv")
    assert lines_of(again, "not replayed again (--again does): transactions.csv")
    assert len(drawn(again, 80, 24)) <= 24


def test_a_blind_stream_is_not_watched() -> None:
    assert watching(OPEN.picture) == "BLIND: stream silent"
    assert watching(Picture(incidents=(DENIED,))) == "watching"
    assert "BLIND: stream silent" in drawn(replace(OPEN, doing=watching(OPEN.picture)), 80, 24)[0]


def test_the_age_of_the_latest_minute_is_told_and_stands_out_when_it_is_old() -> None:
    def styled(minutes: int) -> str:
        console = Console(width=100, record=True, file=io.StringIO(), color_system="standard", force_terminal=True)
        console.print(draw(replace(OPEN, now=NOON + timedelta(minutes=minutes))))
        return console.export_text(styles=True)

    assert "\x1b[1;31m · 12 min ago" in styled(12)
    assert " · 120 s ago" not in styled(1)
    assert "\x1b[1;31m · " not in styled(2)
    assert "ago" not in "\n".join(drawn(replace(FULL, now=NOON)))


def test_what_is_not_counted_and_what_waits_is_told() -> None:
    flow = Flow(published=105, uncounted=5, dead_letters=7, late=12, left_out=19, unjudged=3, unwritten=4)
    text = "\n".join(drawn(replace(OPEN, flow=flow), 80, 24))
    for part in ("81 counted", "7 dead letters (floodmark dlq list)", "12 too late", "to judge 3", "to write 4"):
        assert part in text
    first = replace(EMPTY, flow=Flow(published=1, waiting="minute 12:03 is open: it waits"))
    assert lines_of(first, "no minute is closed yet; minute 12:03")
