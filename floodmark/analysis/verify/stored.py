"""What the store holds of an incident: what was said of it, and the minutes of its scope."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec

from floodmark.queries.ask import Ask
from floodmark.queries.errors import StoreError
from floodmark.queries.result_table import lines
from processors.domain.incidents.stream_trust import SCOPE, BlindStretch, Watch, blinded
from processors.domain.window import STREAM, Dimensions
from schemas.alert import Alert

PAGE_ROWS: Final = 200_000
"""About so many rows are asked for at once: a query of the reader has limits of time and memory."""
_PLAIN: Final = {"output_format_json_quote_64bit_integers": "0"}
_ALERT: Final = (
    "incident_id, state, severity, scope, dimension, key, toUnixTimestamp(timestamp) AS timestamp_s, "
    "toUnixTimestamp(since) AS since_s, toUnixTimestamp(last_seen) AS last_seen_s, observed, expected, mean, std, z, "
    "share, score, rules, terms, summary, recommendation, runbook, estimated_loss, attribution, rule_set, revision, "
    "version"
)
_RIGHTS: Final = (60, 497)
"""The table is not there, or not for us: a view may be all that we are shown."""


class StoredRow(msgspec.Struct, array_like=True, frozen=True):
    """One series in one minute as the store shows it; `at_s` is the start of the minute in epoch seconds."""

    at_s: int
    dimension: str
    key: str
    count: int
    total: int
    amount: int
    share: float | None
    expected: float | None
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    z: float | None
    score: float
    terms: dict[str, float]
    verdict: str
    rules: list[str]
    rule_set: str
    offsets: dict[str, int]
    version: int

    @property
    def minute(self) -> int:
        """The number of the minute."""
        return self.at_s // 60

    @property
    def is_gone(self) -> bool:
        """Whether late data took the room of this series, so that it was taken back."""
        return self.verdict == "unknown" and not self.offsets


_ROW: Final = ", ".join(
    ("toUnixTimestamp(minute) AS at_s", *(name for name in StoredRow.__struct_fields__ if name != "at_s"))
)
_rows: Final = msgspec.json.Decoder(StoredRow).decode


@dataclass(frozen=True, slots=True)
class StoredMinute:
    """All rows of a scope in one minute."""

    minute: int
    rows: tuple[StoredRow, ...]

    @property
    def counts(self) -> Dimensions:
        """What the minute held; nothing when nothing came."""
        counts: Dimensions = {}
        for row in self.rows:
            if row.verdict != "no_data" and not row.is_gone:
                counts.setdefault(row.dimension, {})[row.key] = [row.count, row.amount]
        return counts

    @property
    def offsets(self) -> dict[str, int]:
        """Source partition to the last offset that is counted in."""
        return {partition: offset for row in self.rows for partition, offset in row.offsets.items()}


@dataclass(frozen=True, slots=True)
class Extent:
    """The stored minutes of a scope up to one of them.

    Args:
        first: The first.
        last: The last.
        rows: How many rows there are.
    """

    first: int
    last: int
    rows: int


class Reader:
    """Reads the views.

    Args:
        ask: Asks the store.
        database: Where the views are.
    """

    def __init__(self, ask: Ask, database: str) -> None:
        self._ask = ask
        self._database = database

    def alert(self, incident_id: str) -> Alert | None:
        """What was said last of the incident; None when the store knows none of that id."""
        found = self._alerts("alerts", incident_id)
        return found[0] if found else None

    def revisions(self, incident_id: str) -> list[Alert]:
        """All that is still stored of what was said, in order: the store forgets what has been overtaken."""
        try:
            found = self._alerts("alert_versions", incident_id)
        except StoreError as error:
            if error.code not in _RIGHTS:
                raise
            found = self._alerts("alerts", incident_id)
        return sorted(found, key=lambda alert: (alert.version, alert.revision))

    def incidents(self, since: datetime, most: int) -> list[Alert]:
        """What was said last of each incident that was not over before then, the newest first; so many at most."""
        source = f"{self._database}.alerts WHERE last_seen >= toDateTime({int(since.timestamp())}, 'UTC')"
        query = f"SELECT {_ALERT}, inhibited_by FROM {source} ORDER BY since DESC, incident_id LIMIT {most}"  # noqa: S608 - numbers
        return self._read(query)

    def latest(self) -> list[str]:
        """The ids of the last few incidents, the newest first."""
        query = f"SELECT incident_id FROM {self._database}.alerts ORDER BY since DESC, incident_id LIMIT 3"  # noqa: S608 - an identifier
        return [row["incident_id"] for row in self._objects(query)]

    def watch(self) -> Watch:
        """When the stream itself could not be trusted: what was said of that is stored, too."""
        query = (
            f"SELECT key, rule_set, toUnixTimestamp(since) AS since_s, toUnixTimestamp(last_seen) AS last_s, state "  # noqa: S608
            f"FROM {self._database}.alerts WHERE dimension = {quoted(STREAM)} AND state != 'withdrawn' ORDER BY since"
        )
        stretches = []
        for row in self._objects(query):
            since, last = row["since_s"] // 60, row["last_s"] // 60
            incident = blinded(SCOPE, row["key"], since)
            stretches.append(BlindStretch(incident, since, last + 1 if row["state"] == "resolved" else None))
        return Watch(stretches=stretches)

    def extent(self, scope: str, upto: int) -> Extent | None:
        """The stored minutes of the scope up to and with minute `upto`; None when there are none."""
        query = (
            f"SELECT toUnixTimestamp(min(minute)) AS first, toUnixTimestamp(max(minute)) AS last, count() AS rows "  # noqa: S608
            f"FROM {self._database}.minutes WHERE scope = {quoted(scope)} AND minute <= {_instant(upto)}"
        )
        (row,) = self._objects(query)
        return Extent(row["first"] // 60, row["last"] // 60, row["rows"]) if row["rows"] else None

    def minutes(self, scope: str, extent: Extent) -> Iterator[StoredMinute]:
        """The stored minutes of the scope, ascending."""
        span = extent.last - extent.first + 1
        page = max(10, span * PAGE_ROWS // extent.rows)
        for start in range(extent.first, extent.last + 1, page):
            end = min(start + page, extent.last + 1)
            query = (
                f"SELECT {_ROW} FROM {self._database}.minutes WHERE scope = {quoted(scope)} "  # noqa: S608 - quoted
                f"AND minute >= {_instant(start)} AND minute < {_instant(end)} ORDER BY minute, dimension, key"
            )
            rows = map(_rows, lines(self._ask(query, "JSONCompactEachRow", _PLAIN)))
            for minute, group in groupby(rows, key=_minute):
                yield StoredMinute(minute, tuple(group))

    def _alerts(self, source: str, incident_id: str) -> list[Alert]:
        query = f"SELECT {_ALERT} FROM {self._database}.{source} WHERE incident_id = {quoted(incident_id)}"  # noqa: S608 - quoted
        return self._read(query)

    def _read(self, query: str) -> list[Alert]:
        found = []
        for row in self._objects(query):
            for name in ("timestamp", "since", "last_seen"):
                row[name] = datetime.fromtimestamp(row.pop(f"{name}_s"), UTC)
            found.append(Alert.model_validate({**row, "attribution": json.loads(row["attribution"])}))
        return found

    def _objects(self, query: str) -> list[Any]:
        return [json.loads(line) for line in lines(self._ask(query, "JSONEachRow", _PLAIN))]


def quoted(text: str) -> str:
    """The text as a literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _instant(minute: int) -> str:
    return f"toDateTime({minute * 60}, 'UTC')"


_minute: Final[Callable[[StoredRow], int]] = attrgetter("minute")
