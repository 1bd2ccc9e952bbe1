"""What a report tells: figures of the library's queries, of the period and of the one before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from floodmark.analysis.period.period import EARLIEST, Length, Period, around
from floodmark.queries.ask import Ask
from floodmark.queries.rows import Row, rows

DEAREST: Final = 10
"""How many incidents are listed."""


class NothingThere(Exception):
    """The store has no minutes of the period; the message says which it has."""


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """The figures.

    Args:
        period: What it is about.
        scope: Whose transactions.
        objective: The part that is to be approved.
        whole: `performance_summary` of the period.
        before: The same of the period before; None where nothing is stored of it.
        hours: `failure_rates`, hour by hour.
        days: `approval_slo`, day by day.
        incidents: `loss_by_incident` of the scope, the dearest first.
        responses: `response_times`, by severity.
        codes: Auth codes with the transactions above what was expected, the largest first.
        revised: Minutes that late data changed.
    """

    period: Period
    scope: str
    objective: float
    whole: Row
    before: Row | None
    hours: list[Row]
    days: list[Row]
    incidents: list[Row]
    responses: list[Row]
    codes: list[tuple[str, float]]
    revised: int

    @property
    def lost(self) -> float:
        """Transactions that the listed incidents cost, net of what came back."""
        return sum(float(row["net_loss_transactions"]) for row in self.incidents)

    @property
    def is_met(self) -> bool:
        """Whether the part that was approved reaches the objective; not where there was no transaction."""
        rate = self.whole["approval_rate"]
        return rate is not None and float(rate) >= self.objective

    @property
    def change(self) -> float | None:
        """Transactions against the period before, as a part of these; None where nothing is known of it."""
        if self.before is None or not int(self.before["transactions"]):
            return None
        return int(self.whole["transactions"]) / int(self.before["transactions"]) - 1


def figures(ask: Ask, length: Length, day: date | None, scope: str, objective: float) -> PeriodReport:
    """Ask for everything that a report tells.

    Args:
        ask: The store.
        length: A day, a week or a month.
        day: A day in it; None: the one of the newest minute.
        scope: Whose transactions.
        objective: The part that is to be approved, in (0, 1).

    Raises:
        NothingThere: there are no minutes of that period.
        StoreError: a query failed.
    """
    everything = rows(ask, "performance_summary", scope=scope)
    if not everything:
        raise NothingThere(f"the store has no minutes of the scope {scope!r}")
    first, last = (_day(everything[0][name]) for name in ("first_minute", "last_minute"))
    period = around(day or last, length)
    whole = rows(ask, "performance_summary", scope=scope, **period.bounds)
    if period.first < EARLIEST or not whole:
        raise NothingThere(f"the store has no minutes of {period.name}; it has {first} to {last}")
    of = {"scope": scope, **period.bounds}
    before = rows(ask, "performance_summary", scope=scope, **period.before.bounds)
    excess: dict[str, float] = {}
    for row in rows(ask, "worst_codes", codes="200", **of):
        excess[row["code"]] = excess.get(row["code"], 0.0) + float(row["excess"])
    return PeriodReport(
        period,
        scope,
        objective,
        whole[0],
        before[0] if before else None,
        rows(ask, "failure_rates", **of),
        rows(ask, "approval_slo", objective=str(objective), **of),
        rows(ask, "loss_by_incident", limit="10000", **of),
        rows(ask, "response_times", **period.bounds),
        sorted(((code, over) for code, over in excess.items() if over > 0), key=lambda found: -found[1])[:5],
        int(whole[0]["revised_minutes"]),
    )


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
