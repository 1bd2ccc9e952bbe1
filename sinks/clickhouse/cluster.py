"""The same tables on a cluster: each on every shard and replicated there, with one that reaches all of them.

Made from the migrations themselves, so that a column is written down once. All rows that may replace each other lie on
one shard, and so do a row and its copies.
"""

import re
from collections.abc import Iterator
from typing import Final

from sinks.clickhouse.migrations import DAY, LEDGER, migrations

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SHARDED_BY: Final = {
    "minute_versions": "scope",
    "minute_revisions": "scope",
    "hour_versions": "scope",
    "transaction_records": "scope",
    "alert_versions": "incident_id",
    "incident_event_versions": "incident_id",
    "receipt_records": "notification",
    "notification_records": "incident_id",
    "late_records": "topic, partition",
    "dead_letter_records": "topic, partition",
    "audit_records": "id",
    "schema_migrations": "version",
}
"""What decides on which shard a row of a table lies."""
TABLE: Final = re.compile(
    r"CREATE TABLE IF NOT EXISTS (?P<database>\w+)\.(?P<name>\w+)\s*(?P<columns>\(.*\))\s*"
    r"ENGINE = (?P<engine>\w+MergeTree)(?:\((?P<by>\w*)\))?(?P<rest>.*)",
    re.DOTALL,
)
ALTER: Final = re.compile(r"ALTER TABLE (?P<database>\w+)\.(?P<name>\w+)\s(?P<change>.*)", re.DOTALL)
OF_VIEW: Final = re.compile(
    r"(?P<verb>ALTER TABLE|DROP VIEW IF EXISTS) (?P<database>\w+)\.(?P<name>\w+)(?P<rest> MODIFY SQL SECURITY .*|)"
)
"""What is done to a view, which lies on each server and has no part on the shards."""
DROP: Final = re.compile(r"DROP TABLE IF EXISTS (?P<database>\w+)\.(?P<name>\w+)")
COPIER: Final = re.compile(
    r"CREATE MATERIALIZED VIEW IF NOT EXISTS (?P<database>\w+)\.(?P<name>\w+) TO (?P<into>[\w.]+) AS(?P<select>.*)"
    r"FROM (?P<source>[\w.]+)\s*",
    re.DOTALL,
)
COPIED_OTHERWISE: Final = re.compile(
    r"ALTER TABLE (?P<database>\w+)\.(?P<name>\w+) MODIFY QUERY(?P<select>.*)FROM (?P<source>[\w.]+)\s*", re.DOTALL
)
"""A copier lies on each server, and copies what lies on its shard."""
VIEW: Final = re.compile(r"CREATE OR REPLACE VIEW (?P<database>\w+)\.(?P<name>\w+) AS(?P<select>.*)", re.DOTALL)
LOCAL: Final = "_local"
"""What the names of the tables on the shards end with."""


def cluster_ddl(database: str, cluster: str) -> Iterator[str]:
    """All statements that make the database on a cluster, in order; each may run twice.

    After them the sink finds its tables as it wants them and migrates nothing. Copies of older rows are left out: a new
    database has none.

    Args:
        database: Its name.
        cluster: The cluster's name in `system.clusters`.

    Raises:
        ValueError: one of the names is not a plain identifier.
    """
    for name in (database, cluster):
        if not IDENTIFIER.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain identifier: use letters, digits and _")
    yield f"CREATE DATABASE IF NOT EXISTS {database} ON CLUSTER {cluster}"
    ledger = " ".join(LEDGER.split()).replace(" DEFAULT now64(3)", "")
    yield from _on_cluster(ledger.format(database=database), cluster)
    for migration in migrations():
        for statement in migration.statements:
            if DAY.search(statement) is None and not statement.startswith("INSERT"):
                yield from _on_cluster(statement.replace("{database}", database), cluster)
        yield (
            f"INSERT INTO {database}.schema_migrations (version, name, applied_at) "
            f"SELECT {migration.version}, '{migration.name}', now64(3)"
        )


def _on_cluster(statement: str, cluster: str) -> Iterator[str]:
    if found := TABLE.fullmatch(statement):
        database, name = found["database"], found["name"]
        by = f", {found['by']}" if found["by"] else ""
        place = f"'/clickhouse/tables/{{shard}}/{database}/{name}', '{{replica}}'{by}"
        yield (
            f"CREATE TABLE IF NOT EXISTS {database}.{name}{LOCAL} ON CLUSTER {cluster}\n{found['columns']}\n"
            f"ENGINE = Replicated{found['engine']}({place}){found['rest']}"
        )
        yield (
            f"CREATE TABLE IF NOT EXISTS {database}.{name} ON CLUSTER {cluster} AS {database}.{name}{LOCAL}\n"
            f"ENGINE = Distributed({cluster}, {database}, {name}{LOCAL}, cityHash64({SHARDED_BY[name]}))"
        )
    elif found := OF_VIEW.fullmatch(statement):
        yield f"{found['verb']} {found['database']}.{found['name']} ON CLUSTER {cluster}{found['rest']}"
    elif found := DROP.fullmatch(statement):
        for end in ("", LOCAL):
            yield f"DROP TABLE IF EXISTS {found['database']}.{found['name']}{end} ON CLUSTER {cluster}"
    elif found := COPIED_OTHERWISE.fullmatch(statement):
        yield (
            f"ALTER TABLE {found['database']}.{found['name']} ON CLUSTER {cluster} "
            f"MODIFY QUERY{found['select']}FROM {found['source']}{LOCAL}"
        )
    elif found := ALTER.fullmatch(statement):
        for end in (LOCAL, ""):
            yield f"ALTER TABLE {found['database']}.{found['name']}{end} ON CLUSTER {cluster} {found['change']}"
    elif found := COPIER.fullmatch(statement):
        yield (
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {found['database']}.{found['name']} ON CLUSTER {cluster} "
            f"TO {found['into']}{LOCAL} AS{found['select']}FROM {found['source']}{LOCAL}"
        )
    elif found := VIEW.fullmatch(statement):
        yield (f"CREATE OR REPLACE VIEW {found['database']}.{found['name']} ON CLUSTER {cluster} AS{found['select']}")
    else:
        raise ValueError(f"no form of this is known for a cluster: {statement[:60]}")
