"""Whether the tables still are what the migrations made them: a column that was narrowed stores other numbers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sinks.clickhouse.tables import ACTIONS, ALERTS, AUDIT, DEAD, LATE, MINUTES, RECEIPTS, TRANSACTIONS, Table

TABLES: Final[tuple[Table[Any], ...]] = (MINUTES, ALERTS, ACTIONS, AUDIT, LATE, DEAD, RECEIPTS, TRANSACTIONS)
VIEWS: Final[Mapping[str, Table[Any]]] = {
    "minutes": MINUTES,
    "alerts": ALERTS,
    "late": LATE,
    "dead_letters": DEAD,
    "audit": AUDIT,
    "notifications": RECEIPTS,
    "drills": RECEIPTS,
    "transactions": TRANSACTIONS,
}
REPLACING: Final[Mapping[str, tuple[str, str]]] = {
    MINUTES.name: ("ReplacingMergeTree(version)", "scope, dimension, key, minute"),
    ALERTS.name: ("ReplacingMergeTree(rank)", "incident_id"),
    LATE.name: ("ReplacingMergeTree", "topic, partition, offset, timestamp"),
    DEAD.name: ("ReplacingMergeTree(known_at)", "topic, partition, offset, sink"),
    AUDIT.name: ("ReplacingMergeTree(known_at)", "at, id"),
    RECEIPTS.name: ("ReplacingMergeTree(known_at)", "at, notification, number, channel, outcome"),
    TRANSACTIONS.name: ("ReplacingMergeTree", "scope, timestamp, topic, partition, offset"),
    "minute_revisions": (
        "ReplacingMergeTree(earliest)",
        "toStartOfHour(minute), scope, dimension, key, minute, version",
    ),
    "hour_versions": ("ReplacingMergeTree(version)", "scope, dimension, key, hour"),
    "incident_event_versions": ("ReplacingMergeTree(earliest)", "incident_id, source, version, revision"),
}
"""How a table finds the row that is right: its engine, and the columns that make two rows the same."""
COPIERS: Final[Mapping[str, tuple[str, str]]] = {
    "keep_revisions": (MINUTES.name, "minute_revisions"),
    "keep_statements": (ALERTS.name, "incident_event_versions"),
}
"""The materialized views: their names, what they copy, and where to."""


def differences(client: Any, database: str) -> list[str]:
    """What is not as the migrations made it, each as a sentence with its remedy; empty when all is well.

    Columns that somebody has added are none of our business, as long as they do not refuse our rows.

    Args:
        client: A clickhouse-connect client.
        database: Its name; a plain identifier.
    """
    return [*_columns(client, database), *_engines(client, database)]


def _columns(client: Any, database: str) -> Iterator[str]:
    found: dict[str, dict[str, str]] = {}
    query = f"SELECT table, name, type FROM system.columns WHERE database = '{database}'"  # noqa: S608 - an identifier
    for table, name, kind in client.query(query).result_rows:
        found.setdefault(table, {})[name] = kind
    for table in TABLES:
        types_now = found.get(table.name, {})
        for name, kind in zip(table.names, table.types, strict=True):
            is_now = types_now.get(name)
            if is_now is None:
                yield (
                    f"{database}.{table.name} has no column {name}. "
                    f"Add it: ALTER TABLE {database}.{table.name} ADD COLUMN {name} {kind}"
                )
            elif is_now != kind:
                yield (
                    f"the column {name} of {database}.{table.name} is {is_now} and not {kind}, so "
                    f"what it stores can be another number. Set it back: ALTER TABLE {database}.{table.name} "
                    f"MODIFY COLUMN {name} {kind}"
                )
    for view, table in VIEWS.items():
        shown = found.get(view, {})
        kinds = dict(zip(table.names, table.types, strict=True))
        odd = [name for name, kind in shown.items() if name in kinds and kind != kinds[name]]
        if not shown or odd:
            what = f"shows {odd[0]} as {shown[odd[0]]} and not as {kinds[odd[0]]}" if odd else "is not there"
            yield (
                f"the view {database}.{view} {what}. "
                f"Have it made again: TRUNCATE TABLE {database}.schema_migrations, then start this sink"
            )


def _engines(client: Any, database: str) -> Iterator[str]:
    query = f"SELECT name, engine_full, sorting_key FROM system.tables WHERE database = '{database}'"  # noqa: S608 - an identifier
    found = {name: (engine, key) for name, engine, key in client.query(query).result_rows}
    for copier, (copied, into) in COPIERS.items():
        if copier not in found:
            yield (
                f"the view {database}.{copier}, which copies {copied} to {into}, is not there. "
                f"Have it made again: TRUNCATE TABLE {database}.schema_migrations, then start this sink"
            )
    for name, found_as in found.items():
        engine, key = found_as
        if name not in REPLACING:
            continue
        wanted, sorted_by = REPLACING[name]
        if engine.startswith("Distributed("):
            # It only reaches the tables on the shards, which are called after it (see `cluster`).
            engine, key = found.get(f"{name}_local", (engine, key))
        is_now = engine.partition(" PARTITION BY ")[0].partition(" ORDER BY ")[0]
        # A replicated server says the same with the place of the replica before it.
        if not _replaces(is_now, wanted) or key != sorted_by:
            yield (
                f"{database}.{name} is {is_now} ORDER BY ({key}) and not {wanted} ORDER BY ({sorted_by}), so it "
                "does not find the row that is right. Rename it, start this sink, and read all again: --from-beginning"
            )


def is_distributed(client: Any, database: str) -> bool:
    """Whether the tables only reach those of the shards of a cluster."""
    query = f"SELECT engine FROM system.tables WHERE database = '{database}'"  # noqa: S608 - an identifier
    return any(engine == "Distributed" for engine, *_ in client.query(query).result_rows)


def _replaces(engine: str, wanted: str) -> bool:
    """Whether it replaces rows by the same column; `Replicated…` and `Shared…` name a place and a replica before it."""
    kind, _, rest = engine.partition("(")
    wanted_kind, _, wanted_rest = wanted.partition("(")
    if not kind.endswith(wanted_kind):
        return False
    by = rest.rstrip(")").rpartition(",")[2].strip()
    return (kind != wanted_kind and (not wanted_rest or by == wanted_rest.rstrip(")"))) or engine == wanted
