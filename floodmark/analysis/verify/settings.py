"""The settings of the workers that an alert may rest on, and does not carry: by which ones it was judged again.

Lateness, idleness and how long minutes are revised decide what is counted, and when something is said. What was counted
is in the stored minutes, and the last word on given minutes hangs on none of them (ADR 11). What is left are two about
silences.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from processors.settings import TimeSettings
from schemas.alert import Alert
from schemas.durations import minutes_long

_GONE: Final = re.compile(
    r"nothing has come for (?:(\d+) d ?)?(?:(\d+) (?:h|hours) ?)?(?:(\d+) min\w*)?: it counts as gone"
)
"""As this release says it, and as those before did (`36 hours`, `90 minutes`)."""
_DECIDING: Final = ("give_up_after_h", "forget_after_h")
"""What decides over the same minutes; both are about silences."""
_LEAST_SILENCE: Final = 60
"""Minutes: neither of them can be set to less."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them.

    Args:
        variable: Its name in the environment.
        value: What was judged by.
        is_set: Whether it is set here; else it is the default.
    """

    variable: str
    value: float
    is_set: bool

    def __str__(self) -> str:
        return f"{self.variable}={self.value:g}{'' if self.is_set else ' (default)'}"


def deciding(settings: TimeSettings) -> tuple[Setting, ...]:
    """Those that decide, as they are here."""
    return tuple(
        Setting(f"FLOODMARK_{name.upper()}", getattr(settings, name), name in settings.model_fields_set)
        for name in _DECIDING
    )


def doubts(alert: Alert, settings: tuple[Setting, ...], silence: int) -> Iterator[str]:
    """Which of them may be otherwise where the alert was raised.

    Args:
        alert: It.
        settings: What it was judged again by.
        silence: Minutes of the longest silence before it; a setting that is longer has decided nothing.
    """
    give_up, forget = settings
    if match := _GONE.search(alert.summary):
        days, hours, minutes = (int(part or 0) for part in match.groups())
        waited = 24 * days + hours + minutes / 60
        if waited != give_up.value and minutes_long(round(60 * give_up.value)) != minutes_long(round(60 * waited)):
            yield (
                f"The worker gave a silent scope up after {waited:g} h, and here that is {give_up}: "
                f"set {give_up.variable}={waited:g} as it is there, and verify again."
            )
            return
    if silence >= _LEAST_SILENCE:
        yield (
            f"There is a silence of {minutes_long(silence)} before it, which was judged by {give_up} and {forget}. An "
            "alert does not say what its worker was set to: verify with the environment that the workers have."
        )
