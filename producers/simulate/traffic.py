"""Rows of simulated traffic, by minute: first those by status, then those by auth code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from producers.rows import MINUTE_MS, Row
from producers.simulate.incidents import SimulatedIncident, broken, placed
from producers.simulate.profile import APPROVED_CODE, Floats, Profile

Ints = NDArray[np.int64]

SPREAD: Final = 0.8
"""Standard deviation of one amount, divided by its mean."""


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """What to simulate.

    Args:
        seed: Same seed, same traffic.
        start_ms: The first minute, epoch milliseconds.
        minutes: How many minutes, 1 or more.
        profile: Normal traffic, of all scopes together.
        scopes: Part of the traffic by scope; parts are relative to each other.
        incidents: What breaks, at given places.
        random_incidents: How many more, at places that the seed decides.
    """

    seed: int
    start_ms: int
    minutes: int
    profile: Profile = field(default_factory=Profile)
    scopes: Mapping[str, float] = field(default_factory=lambda: {"all": 1.0})
    incidents: tuple[SimulatedIncident, ...] = ()
    random_incidents: int = 0

    def __post_init__(self) -> None:
        """Raise `ValueError` when it cannot be simulated."""
        if self.minutes < 1 or self.start_ms % MINUTE_MS:
            raise ValueError("simulated traffic lasts a minute or more, and begins with a whole minute")
        if not self.scopes or min(self.scopes.values()) <= 0:
            raise ValueError("give one scope or more, each with a part of the traffic above 0")
        for incident in self.incidents:
            if incident.scope is not None and incident.scope not in self.scopes:
                raise ValueError(f"an incident is put into scope {incident.scope}, of which there is no traffic")
            if incident.last_ms < self.start_ms or incident.start_ms >= self.start_ms + self.minutes * MINUTE_MS:
                raise ValueError(f"incident {incident.kind} lies outside of the simulated time; move it, or the time")


class Traffic:
    """Simulated traffic of a plan; equal plans make equal rows.

    Attributes:
        incidents: What breaks, given and random, by time.
    """

    def __init__(self, plan: TrafficPlan) -> None:
        self._plan = plan
        where, *seeds = np.random.SeedSequence(plan.seed).spawn(1 + len(plan.scopes))
        more = placed(plan.random_incidents, plan.start_ms, plan.minutes, plan.incidents, np.random.default_rng(where))
        self.incidents = tuple(sorted((*plan.incidents, *more), key=lambda i: (i.start_ms, i.kind)))
        whole = sum(plan.scopes.values())
        self._scopes = [
            _ScopeCounts(name, plan, part / whole, self.incidents, np.random.default_rng(seed))
            for (name, part), seed in zip(plan.scopes.items(), seeds, strict=True)
        ]

    def by_status(self) -> Iterator[Row]:
        """Rows with a status and an amount, by minute; none where nothing happened."""
        return (row for minute in range(self._plan.minutes) for row in self._of_status(minute))

    def by_auth_code(self) -> Iterator[Row]:
        """Rows with an auth code, by minute: the approved and the denied once more."""
        return (row for minute in range(self._plan.minutes) for row in self._of_code(minute))

    def rows(self) -> Iterator[Row]:
        """Both, by minute."""
        for minute in range(self._plan.minutes):
            yield from self._of_status(minute)
            yield from self._of_code(minute)

    def _of_status(self, minute: int) -> Iterator[Row]:
        at_ms = self._plan.start_ms + minute * MINUTE_MS
        for scope in self._scopes:
            for status, counts in scope.statuses.items():
                if count := int(counts[minute]):
                    yield Row(at_ms, count, status, None, scope.name, int(scope.amounts[status][minute]))

    def _of_code(self, minute: int) -> Iterator[Row]:
        at_ms = self._plan.start_ms + minute * MINUTE_MS
        for scope in self._scopes:
            for code, counts in scope.codes.items():
                if count := int(counts[minute]):
                    yield Row(at_ms, count, None, code, scope.name)


class _ScopeCounts:
    """The counts of one scope, by status and by code."""

    def __init__(
        self,
        name: str,
        plan: TrafficPlan,
        part: float,
        incidents: Sequence[SimulatedIncident],
        rng: np.random.Generator,
    ) -> None:
        self.name = name
        means = {s: mean * part for s, mean in plan.profile.means(plan.start_ms, plan.minutes, rng).items()}
        code_shares = broken(means, incidents, plan.start_ms, name)
        spread = plan.profile.dispersion_of
        self.statuses = {status: counts_of(mean, spread(status), rng) for status, mean in means.items()}
        self.amounts = {status: _amounts(counts, plan.profile.ticket, rng) for status, counts in self.statuses.items()}
        shares = np.round(np.stack(list(code_shares.values()), axis=1), 6)
        denied = rng.multinomial(self.statuses["denied"], shares / shares.sum(axis=1, keepdims=True))
        self.codes = {APPROVED_CODE: self.statuses["approved"]}
        self.codes |= {code: denied[:, number] for number, code in enumerate(code_shares)}


def counts_of(mean: Floats, dispersion: float, rng: np.random.Generator) -> Ints:
    """Counts with this mean and with `dispersion` times a Poisson's variance (negative binomial)."""
    if dispersion <= 1:
        return rng.poisson(mean)
    draws = rng.negative_binomial(np.maximum(mean, 1e-9) / (dispersion - 1), 1 / dispersion)
    return np.where(mean > 0, draws, 0)


def _amounts(counts: Ints, ticket: int, rng: np.random.Generator) -> Ints:
    """The sum of so many amounts of a gamma distribution, which is one gamma draw."""
    shape = 1 / SPREAD**2
    return np.rint(rng.gamma(np.maximum(counts, 1) * shape, ticket / shape)).astype(np.int64)
