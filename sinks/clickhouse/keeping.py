"""How long rows are kept: a number of days for each kind, from the settings, set on the tables at each start."""

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from runtime.settings import FromEnvironment

NOW: Final = re.compile(r"TTL (?P<ttl>\S.*? \+ toIntervalDay\(\d+\))")


class KeepSettings(FromEnvironment):
    """How long the store keeps what it is given."""

    keep_minutes_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days that the store keeps minutes and their revisions; 0: for ever. Hours stay as they are.",
    )
    keep_hours_days: int = Field(
        default=0, ge=0, le=36_500, description="Days that the store keeps what hours come to; 0: for ever."
    )
    keep_incidents_days: int = Field(
        default=0, ge=0, le=36_500, description="Days that the store keeps what was said of incidents; 0: for ever."
    )
    keep_records_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days that the store keeps late records, dead letters, receipts and the audit; 0: for ever.",
    )
    keep_transactions_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days that the store keeps transactions as they came; 0: it does not read them at all.",
    )


@dataclass(frozen=True, slots=True)
class KeptTable:
    """How long one table keeps its rows.

    Args:
        table: Its name.
        since: From when on the days count: a column, or what is made of some.
        setting: The field of `KeepSettings` that says how many.
    """

    table: str
    since: str
    setting: str


KEPT: Final = (
    KeptTable("minute_versions", "minute", "keep_minutes_days"),
    KeptTable("minute_revisions", "minute", "keep_minutes_days"),
    KeptTable("hour_versions", "hour", "keep_hours_days"),
    KeptTable("alert_versions", "timestamp", "keep_incidents_days"),
    KeptTable("incident_event_versions", "at", "keep_incidents_days"),
    # A transaction that comes months late is kept from then on; of older rows it is not known when they came.
    KeptTable("late_records", "greatest(timestamp, known_at)", "keep_records_days"),
    KeptTable("dead_letter_records", "known_at", "keep_records_days"),
    KeptTable("receipt_records", "at", "keep_records_days"),
    KeptTable("audit_records", "at", "keep_records_days"),
    KeptTable("transaction_records", "timestamp", "keep_transactions_days"),
)


def keep(client: Any, database: str, settings: KeepSettings) -> list[str]:
    """Set on each table how long it keeps its rows, where that is another time than now.

    Args:
        client: A clickhouse-connect client.
        database: Its name; a plain identifier.
        settings: How long.

    Returns:
        The tables that were changed.
    """
    query = f"SELECT name, engine_full FROM system.tables WHERE database = '{database}'"  # noqa: S608 - an identifier
    engines = {str(name): str(engine) for name, engine in client.query(query).result_rows}
    changed = []
    for kept in KEPT:
        found = NOW.search(engines.get(kept.table, ""))
        days = getattr(settings, kept.setting)
        wanted = f"toDateTime({kept.since}) + toIntervalDay({days})" if days else ""
        if wanted == (found["ttl"] if found else "") or kept.table not in engines:
            continue
        what = f"MODIFY TTL {wanted}" if days else "REMOVE TTL"
        client.command(f"ALTER TABLE {database}.{kept.table} {what}")
        changed.append(kept.table)
    return changed
