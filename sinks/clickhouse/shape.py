"""Whether the tables still are what the migrations made them: a column that was narrowed stores other numbers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sinks.clickhouse.made import ViewMade, columns_made, views_made
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
COPIES: Final = ("minute_revisions", "hour_versions")
"""Tables that hold what others do, and are not written to by rows of ours."""
FINAL: Final = re.compile(r"\bFINAL\b")


def differences(client: Any, database: str) -> list[str]:
    """What is not as the migrations made it, each as a sentence with its remedy; empty when all is well.

    Columns that somebody has added are none of our business, as long as they do not refuse our rows.

    Args:
        client: A clickhouse-connect client.
        database: Its name; a plain identifier.
    """
    where = f"WHERE database = '{database}'"
    columns: dict[str, dict[str, str]] = {}
    for table, name, kind in client.query(f"SELECT table, name, type FROM system.columns {where}").result_rows:  # noqa: S608 - an identifier
        columns.setdefault(table, {})[name] = kind
    query = f"SELECT name, engine_full, sorting_key, as_select FROM system.tables {where}"  # noqa: S608 - an identifier
    tables = {name: tuple(rest) for name, *rest in client.query(query).result_rows}
    return [
        *_tables(columns, database),
        *_views(columns, {name: select for name, (_, _, select) in tables.items()}, database),
        *_engines({name: (engine, key) for name, (engine, key, _) in tables.items()}, database),
    ]


def _tables(found: Mapping[str, Mapping[str, str]], database: str) -> Iterator[str]:
    for name, columns in _columns().items():
        if name not in found:
            yield (
                f"the table {database}.{name} is not there. Give it its name back, if it has another one by now: "
                f"RENAME TABLE ... TO {database}.{name}. Else {_made_again(database)}"
            )
            continue
        for column, kind in columns.items():
            is_now = found[name].get(column)
            if is_now is None:
                yield (
                    f"{database}.{name} has no column {column}. "
                    f"Add it: ALTER TABLE {database}.{name} ADD COLUMN {column} {kind}"
                )
            elif is_now != kind:
                yield (
                    f"the column {column} of {database}.{name} is {is_now} and not {kind}, so "
                    f"what it stores can be another number. Set it back: ALTER TABLE {database}.{name} "
                    f"MODIFY COLUMN {column} {kind}"
                )


def _columns() -> dict[str, dict[str, str]]:
    """The columns and their types of each table that is written, by us or by a view that copies."""
    ours = {table.name: dict(zip(table.names, table.types, strict=True)) for table in TABLES}
    return ours | {name: dict(columns_made(name)) for name in COPIES}


def _views(found: Mapping[str, Mapping[str, str]], selects: Mapping[str, str], database: str) -> Iterator[str]:
    for view, made in views_made().items():
        if what := _odd(view, made, found.get(view, {}), selects.get(view)):
            yield f"the view {database}.{view} {what}. Have it made again: {_anew(database)}"


def _odd(view: str, made: ViewMade, shown: Mapping[str, str], select: str | None) -> str | None:
    """What is not right about a view, by the columns it shows and its query; None of one that is not there."""
    if select is None:
        return "is not there"
    lacking = [name for name in made.names if name not in shown]
    if shown and lacking:  # one with parameters says nothing of its columns
        return f"does not show {', '.join(lacking)}"
    kinds = dict(zip(VIEWS[view].names, VIEWS[view].types, strict=True)) if view in VIEWS else {}
    odd = [name for name, kind in shown.items() if name in kinds and kind != kinds[name]]
    if odd:
        return f"shows {odd[0]} as {shown[odd[0]]} and not as {kinds[odd[0]]}"
    if made.is_final and not FINAL.search(select):
        return "is without FINAL, so it shows rows more than once"
    return None


def _made_again(database: str) -> str:
    return f"have it made again, with what is stored elsewhere: {_anew(database)}"


def _anew(database: str) -> str:
    return f"TRUNCATE TABLE {database}.schema_migrations, and the sink makes it, now or when it starts"


def _engines(found: Mapping[str, tuple[str, str]], database: str) -> Iterator[str]:
    for copier, (copied, into) in COPIERS.items():
        if copier not in found:
            yield (
                f"the view {database}.{copier}, which copies {copied} to {into}, is not there. "
                f"Have it made again: {_anew(database)}"
            )
    for name, (engine, key) in found.items():
        if name not in REPLACING:
            continue
        wanted, sorted_by = REPLACING[name]
        if engine.startswith("Distributed("):
            # It only reaches the tables on the shards, which are called after it (see `cluster`).
            engine, key = found.get(f"{name}_local", (engine, key))
        is_now = engine.partition(" PARTITION BY ")[0].partition(" ORDER BY ")[0]
        # A replicated server says the same with the place of the replica before it.
        if not replaces(is_now, wanted) or key != sorted_by:
            yield (
                f"{database}.{name} is {is_now} ORDER BY ({key}) and not {wanted} ORDER BY ({sorted_by}), so it "
                "does not find the row that is right. Rename it, start this sink, and read all again: --from-beginning"
            )


def is_distributed(client: Any, database: str) -> bool:
    """Whether the tables only reach those of the shards of a cluster."""
    query = f"SELECT engine FROM system.tables WHERE database = '{database}'"  # noqa: S608 - an identifier
    return any(engine == "Distributed" for engine, *_ in client.query(query).result_rows)


def replaces(engine: str, wanted: str) -> bool:
    """Whether it replaces rows by the same column; `Replicated…` and `Shared…` name a place and a replica before it."""
    kind, _, rest = engine.partition("(")
    wanted_kind, _, wanted_rest = wanted.partition("(")
    if not kind.endswith(wanted_kind):
        return False
    by = rest.rstrip(")").rpartition(",")[2].strip()
    return (kind != wanted_kind and (not wanted_rest or by == wanted_rest.rstrip(")"))) or engine == wanted
