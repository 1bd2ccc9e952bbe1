"""When a component that died is started again, and when not any more. Pure: told the time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again after `after_s` seconds; `deaths` are the ones that count, the last included."""

    after_s: float
    deaths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It died `deaths` times within `within_s` seconds: starting it again would not help."""

    deaths: int
    within_s: float


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Doubling waits, and an end to patience.

    Args:
        first_s: Wait after a first death.
        longest_s: No wait is longer.
        deaths: That many deaths within `within_s` seconds (the last one included) are enough.
        within_s: How far back a death counts, exclusive: one exactly that old is forgotten.
    """

    first_s: float = 1.0
    longest_s: float = 10.0
    deaths: int = 5
    within_s: float = 60.0

    def died(self, earlier: tuple[float, ...], at: float) -> Restart | GiveUp:
        """What to do about a death at `at`, after the `earlier` ones (same clock, seconds)."""
        recent = (*(t for t in earlier if at - t < self.within_s), at)
        if len(recent) >= self.deaths:
            return GiveUp(len(recent), self.within_s)
        return Restart(min(self.first_s * 2.0 ** (len(recent) - 1), self.longest_s), recent)
