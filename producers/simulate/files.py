"""Simulated traffic as files, in the form that replay and detect read."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from producers.rows import Row
from producers.simulate.labels import encoded, labels
from producers.simulate.traffic import Traffic, TrafficPlan
from schemas.instants import from_ms

TRANSACTIONS: Final = "transactions.csv"
AUTH_CODES: Final = "transactions_auth_codes.csv"
LABELS: Final = "labels.json"


def write(plan: TrafficPlan, folder: Path) -> Traffic:
    """Write transactions, auth codes and labels into `folder`, which is made when it is not there.

    A column `scope` is written only when there is another scope than `all`.

    Raises:
        OSError: a file cannot be written.
    """
    traffic = Traffic(plan)
    folder.mkdir(parents=True, exist_ok=True)
    scope = () if set(plan.scopes) == {"all"} else ("scope",)
    _write(folder / TRANSACTIONS, ("status", "count", "amount", *scope), traffic.by_status())
    _write(folder / AUTH_CODES, ("auth_code", "count", *scope), traffic.by_auth_code())
    found = labels(plan.start_ms, plan.minutes, traffic.incidents)
    (folder / LABELS).write_text(encoded(found), encoding="utf-8", newline="\n")
    return traffic


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("timestamp", *columns))
        for row in rows:
            at = from_ms(row.timestamp_ms)
            out.writerow((f"{at:%Y-%m-%d %H:%M:%S}", *(getattr(row, name) for name in columns)))
