"""What a run came to, asked from the store and the broker, never from memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from floodmark.local.up.wording import subject
from runtime.terminal import PIPED, hanging_after
from schemas.instants import instant, stretch
from schemas.severity import SEVERITIES

MAX_SHOWN: Final = 20
"""How many incidents are listed; the others are counted."""

SPAN: Final = "SELECT uniqExact(minute), min(minute), max(minute), count() FROM floodmark.minutes"
TOTALS: Final = """
SELECT dimension, key, sum(count) AS n FROM floodmark.minutes GROUP BY dimension, key ORDER BY dimension DESC, n DESC
"""
INCIDENTS: Final = """
SELECT a.severity, a.state, a.scope, a.dimension, a.key, a.since, a.last_seen,
       max(m.count) AS peak, max(m.z) AS highest, arrayStringConcat(a.rules, ', ')
FROM floodmark.alerts AS a
LEFT JOIN floodmark.minutes AS m ON m.scope = a.scope AND m.dimension = a.dimension AND m.key = a.key
WHERE a.state != 'withdrawn' AND m.minute >= a.since AND m.minute <= a.last_seen
GROUP BY a.incident_id, a.severity, a.state, a.scope, a.dimension, a.key, a.since, a.last_seen, a.rules
ORDER BY a.since, a.key
"""
QUESTIONS: Final = (
    "SELECT minute, scope, key, count, expected, z, verdict FROM minutes WHERE z > 3 ORDER BY minute LIMIT 20",
    "SELECT since, severity, state, scope, key, observed FROM alerts ORDER BY since",
)
"""Offered to those who want to look further."""


class Client(Protocol):
    """What is needed of a clickhouse-connect client."""

    def query(self, query: str) -> Any:
        """Run it; the answer has `result_rows`."""


@dataclass(frozen=True, slots=True)
class SummarisedIncident:
    """One incident over its life: `peak` is the largest count of a minute, `z` the largest z (None: no baseline)."""

    severity: str
    state: str
    scope: str
    dimension: str
    key: str
    since: datetime
    last_seen: datetime
    peak: int
    z: float | None
    rules: str


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """What the store holds."""

    minutes: int
    first: datetime | None
    last: datetime | None
    records: int
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    incidents: tuple[SummarisedIncident, ...] = ()


def ask(client: Client) -> StoredCounts:
    """Ask the store; raises what its client raises."""
    minutes, first, last, records = client.query(SPAN).result_rows[0]
    totals: dict[str, dict[str, int]] = {}
    for dimension, key, count in client.query(TOTALS).result_rows:
        totals.setdefault(dimension, {})[key] = int(count)
    found = (SummarisedIncident(*row) for row in client.query(INCIDENTS).result_rows)
    incidents = tuple(replace(one, since=_in_utc(one.since), last_seen=_in_utc(one.last_seen)) for one in found)
    first, last = (_in_utc(at) if minutes > 0 else None for at in (first, last))
    return StoredCounts(int(minutes), first, last, int(records), totals, incidents)


def _in_utc(at: datetime) -> datetime:
    """The client leaves the zone out of what is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """What is known beside the store.

    Args:
        replayed: One sentence on each replay.
        transactions: Offsets on the transactions topic that are taken: by records, end marks, and what was aborted.
        dead_letters: Records on the dead-letter topic.
        late: Records on the topic of late ones.
        seconds: How long all of it took.
        data_dir: Where the data lie, as it is to be typed.
        program: How to call Floodmark.
    """

    replayed: Sequence[str]
    transactions: int
    dead_letters: int
    late: int
    seconds: float
    data_dir: str
    program: str


def lines(stored: StoredCounts, run: Run, width: int = PIPED) -> list[str]:
    """The summary in lines of so many columns; commands are longer where they must, so that they can be copied."""
    places = f"{run.transactions:,} places on the transactions topic, with end marks and what was aborted"
    told = [
        *(("replay", sentence) for sentence in run.replayed),
        ("records", places),
        ("not counted", _left_over(run)),
        ("minutes", _span(stored)),
    ]
    return [
        "",
        "Summary",
        *(line for label, text in told for line in hanging_after(f"  {label:<14}", text, width).split("\n")),
        *_totals(stored, width),
        *_incidents(stored.incidents, width),
        f"  time          {run.seconds:.1f} s",
        "",
        f"Everything is kept in {run.data_dir}. To look further:",
        *(
            line
            for question in QUESTIONS
            for line in _command(f"{run.program} sql --data-dir {run.data_dir}", question)
        ),
        f"  {run.program} up --data-dir {run.data_dir}    (starts it again, and it stays)",
    ]


def _command(words: str, question: str) -> list[str]:
    """A command in one line, or in two that a shell takes for one."""
    whole = f'  {words} "{question}"'
    return [whole] if len(whole) <= PIPED else [f"  {words} \\", f'    "{question}"']


def _left_over(run: Run) -> str:
    letters = f"{run.dead_letters:,} dead letter{'' if run.dead_letters == 1 else 's'}"
    hint = f" (see `{run.program} dlq list`)" if run.dead_letters else ""
    return f"{letters}{hint}, {run.late:,} too late"


def _span(stored: StoredCounts) -> str:
    if stored.first is None or stored.last is None:
        return "none judged"
    return f"{stored.minutes:,} judged, {stretch(stored.first, stored.last)}, {stored.records:,} records"


def _totals(stored: StoredCounts, width: int) -> list[str]:
    return [
        line
        for dimension, by_key in stored.totals.items()
        for line in _wrapped(f"  by {dimension:<10} ", [f"{key} {count:,}" for key, count in by_key.items()], width)
    ]


def _wrapped(label: str, items: Sequence[str], width: int) -> list[str]:
    """The items with dots between, in lines of at most `width` columns, later lines indented as the first."""
    found = [label]
    for item in items:
        empty = found[-1] == label or not found[-1].strip()
        joined = found[-1] + ("" if empty else " · ") + item
        if len(joined) > width and not empty:
            found.append(" " * len(label) + item)
        else:
            found[-1] = joined
    return found


def _incidents(incidents: Sequence[SummarisedIncident], width: int) -> list[str]:
    counts = [(s, sum(i.severity == s for i in incidents)) for s in SEVERITIES]
    by_severity = ", ".join(f"{n} {severity}" for severity, n in counts if n) or "none"
    found = [f"  incidents     {len(incidents)}: {by_severity}" if incidents else "  incidents     none"]
    worst = sorted(incidents, key=lambda i: (SEVERITIES.index(i.severity), -(i.z or 0.0)))[:MAX_SHOWN]
    for incident in sorted(worst, key=lambda i: i.since):
        found += _incident(incident, width)
    if len(incidents) > MAX_SHOWN:
        found.append(f"    … and {len(incidents) - MAX_SHOWN} more")
    return found


def _incident(one: SummarisedIncident, width: int) -> list[str]:
    """In one line, or in two where there is no room for one."""
    when = instant(one.since) if one.last_seen == one.since else stretch(one.since, one.last_seen)
    what = subject(one.dimension, one.key, one.scope)
    z = "" if one.z is None else f"z {one.z:.1f}"
    open_ = "" if one.state == "resolved" else f"  {one.state}"
    head = f"    {one.severity:<8}  {when:<29}  "
    seen = f"peak {one.peak:<7,}{z:<8}{one.rules}{open_}"
    whole = f"{head}{what:<18}{seen}"
    return [whole] if len(whole) <= width else [f"{head}{what}", f"{'':14}{seen}"]
