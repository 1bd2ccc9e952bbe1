"""What the store and the sinks hold, held against a count of the files that shares no code with Floodmark."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import clickhouse_connect

from floodmark.local.store.locate import endpoint
from tests.pipeline import files

SHOWN: Final = 20
Incident = tuple[str, str, int, int, tuple[str, ...]]
"""(state, severity, since, last seen, rules); instants in epoch milliseconds."""


class Store:
    """The store on a data directory, as a client sees it."""

    def __init__(self, data_dir: Path) -> None:
        found = endpoint(data_dir)
        if found is None:
            raise RuntimeError(f"no store answers on {data_dir}")
        self._client = clickhouse_connect.get_client(dsn=found.reader_dsn)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def minutes(self) -> Counter[tuple[str, int, str, str]]:
        """(scope, minute, dimension, key) to its count; a cell that is there twice counts twice."""
        rows = self._rows("SELECT scope, toUnixTimestamp(minute) * 1000, dimension, key, count FROM floodmark.minutes")
        held: Counter[tuple[str, int, str, str]] = Counter()
        for scope, minute_ms, dimension, key, count in rows:
            held[scope, minute_ms, dimension, key] += count
        return held

    def incidents(self) -> dict[str, Incident]:
        """The last word on each incident."""
        rows = self._rows(
            "SELECT incident_id, state, severity, toUnixTimestamp(since) * 1000, toUnixTimestamp(last_seen) * 1000, "
            "rules FROM floodmark.alerts"
        )
        return {row[0]: (row[1], row[2], row[3], row[4], tuple(row[5])) for row in rows}

    def repeats(self) -> int:
        """Cells and incidents that the views show more than once."""
        return sum(
            int(self._rows(f"SELECT count() - uniqExact({key}) FROM floodmark.{view}")[0][0])
            for view, key in (("minutes", "scope, dimension, key, minute"), ("alerts", "incident_id"))
        )

    def _rows(self, query: str) -> Sequence[Sequence[Any]]:
        return self._client.query(query).result_rows


def in_file(path: Path) -> dict[str, Incident]:
    """The last word on each incident in a file of alerts, where lines may be repeated."""
    last: dict[str, dict[str, Any]] = {}
    for line in path.read_text("utf-8").splitlines():
        alert = json.loads(line)
        held = last.get(alert["incident_id"])
        if held is None or (alert["version"], alert["revision"]) >= (held["version"], held["revision"]):
            last[alert["incident_id"]] = alert
    return {
        id_: (a["state"], a["severity"], _ms(a["since"]), _ms(a["last_seen"]), tuple(a["rules"]))
        for id_, a in last.items()
    }


def differences_in_minutes(held: Counter[tuple[str, int, str, str]], rows: Iterable[files.Row]) -> list[str]:
    """How what is held differs from the file; each difference is a line."""
    due: Counter[tuple[str, int, str, str]] = Counter()
    minutes = set()
    for row in rows:
        minutes.add(row.minute_ms)
        due[row.scope, row.minute_ms, row.dimension, row.key] += row.count
    found = [
        f"{cell}: {held[cell]} instead of {due[cell]}" for cell in sorted({*due, *held}) if held[cell] != due[cell]
    ]
    known = {minute_ms for _, minute_ms, _, _ in held}
    if known != minutes:
        found.append(f"{len(known)} minutes instead of {len(minutes)}")
    return found


def differences_in_incidents(where: str, held: dict[str, Incident], due: dict[str, Incident]) -> list[str]:
    """How the incidents differ from those of the offline judge."""
    return [
        f"{where}: incident {id_}: {held.get(id_, 'missing')} instead of {due.get(id_, 'none')}"
        for id_ in sorted({*held, *due})
        if held.get(id_) != due.get(id_)
    ]


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
