"""The figures of those on duty: of incidents, near misses and messages, from what is stored and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import fmean
from typing import Final

from floodmark.queries.ask import Ask
from floodmark.queries.rows import Row, rows
from schemas.severity import SEVERITIES

NEAR: Final = 10
"""How many near misses are listed."""


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence that is on: what it hides, who made it and why, and when it ends."""

    what: str
    author: str
    reason: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """What happened in a stretch of time.

    Args:
        begin: Its first instant.
        end: The instant after its last.
        at_work: `incidents_at_work`: incidents that were open at some time of it.
        near: `near_misses`, the highest scores first.
        messages: `notifier_delivery`, by channel.
        silences: Those that end soon; None where they were not asked for.
    """

    begin: datetime
    end: datetime
    at_work: Sequence[Row]
    near: Sequence[Row]
    messages: Sequence[Row]
    silences: Sequence[ActiveSilence] | None

    @property
    def opened(self) -> list[Row]:
        """Those that were opened in it."""
        return [row for row in self.at_work if _at(row["opened_at"]) >= self.begin]

    @property
    def open(self) -> list[Row]:
        """Those that are open at its end, the most severe and the oldest first."""
        still = [row for row in self.at_work if row["resolved_at"] is None or _at(row["resolved_at"]) > self.end]
        return sorted(still, key=lambda row: (SEVERITIES.index(row["severity"]), row["since"]))

    @property
    def acknowledged(self) -> dict[str, list[Row]]:
        """By whom which were taken, whoever has taken most first."""
        found: dict[str, list[Row]] = {}
        for row in self.at_work:
            if row["acknowledged_by"]:
                found.setdefault(row["acknowledged_by"], []).append(row)
        return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))

    @property
    def rules(self) -> list[tuple[str, int, int]]:
        """Each rule with its incidents that were opened and their statements, the noisiest first."""
        incidents: Counter[str] = Counter()
        statements: Counter[str] = Counter()
        for row in self.opened:
            for rule in row["rules"]:
                incidents[rule] += 1
                statements[rule] += int(row["statements"])
        return sorted(
            ((rule, count, statements[rule]) for rule, count in incidents.items()),
            key=lambda one: (-one[1], -one[2], one[0]),
        )

    def lost(self, name: str) -> float:
        """The sum of a column of losses, such as `net_loss_transactions`, of those that were opened."""
        return sum(float(row[name]) for row in self.opened)

    def mean_of(self, name: str) -> tuple[float, int] | None:
        """The mean of a column of seconds over those opened of which it is known, and how many these are."""
        known = [float(row[name]) for row in self.opened if row[name] is not None]
        return (fmean(known), len(known)) if known else None

    @property
    def between(self) -> float | None:
        """Mean seconds from the begin of one incident that was opened to that of the next; None below two."""
        begins = sorted(_at(row["since"]) for row in self.opened)
        apart = [(later - earlier).total_seconds() for earlier, later in pairwise(begins)]
        return fmean(apart) if apart else None


def duty(ask: Ask, begin: datetime, end: datetime, scope: str, silences: Sequence[ActiveSilence] | None) -> Duty:
    """Ask for all of it.

    Args:
        ask: The store.
        begin: The first instant, aware.
        end: The instant after the last, aware.
        scope: Whose; empty: of every scope.
        silences: Those that end soon; None where they were not asked for.

    Raises:
        StoreError: a query failed.
    """
    of = {"from": begin.isoformat(), "to": end.isoformat()}
    return Duty(
        begin,
        end,
        rows(ask, "incidents_at_work", scope=scope, **of),
        rows(ask, "near_misses", scope=scope, limit=str(NEAR), **of),
        rows(ask, "notifier_delivery", **of),
        silences,
    )


def newest(ask: Ask, scope: str) -> datetime | None:
    """The start of the newest minute of a scope, or of every one where it is empty; None: there are none."""
    found = rows(ask, "newest_minute", scope=scope)
    return _at(found[0]["newest"]) if found else None


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
