"""Which alerts a route is for."""

import re
from collections.abc import Iterable
from datetime import datetime
from fnmatch import translate
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from schemas.alert import Alert
from schemas.severity import RANK, Severity
from schemas.words import plain
from sinks.notify.routing.spans import Hours


def _globs(value: Any) -> tuple[str, ...]:
    globs = [value] if isinstance(value, str) else value
    if not isinstance(globs, list | tuple) or not all(isinstance(glob, str) for glob in globs):
        raise ValueError('must be a word or a list of words, like "shop-*"')
    plained = tuple(map(plain, globs))
    if not all(plained):
        raise ValueError("must be words with something to be seen")
    return plained


Globs = Annotated[tuple[str, ...], BeforeValidator(_globs)]
"""Words in which `*` stands for anything, `?` for one character and `[ab]` for one of these; one is enough."""


class Match(BaseModel):
    """What must be so; what is left out may be anything.

    Args:
        severity: A text: at least so severe. A list: one of these.
        scope: The alert's.
        dimension: The alert's: status, auth_code, volume or stream.
        key: The alert's.
        rule: One of the rules that have fired.
        loss: At least so many transactions lost so far.
        amount: At least so much lost so far, in minor units.
        hours: In one of these hours of the team.
        day: On a day on which the team works, or on one on which it does not: a weekend, or a holiday of its country.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity | Annotated[tuple[Severity, ...], Field(min_length=1)] | None = None
    scope: Globs = ()
    dimension: Globs = ()
    key: Globs = ()
    rule: Globs = ()
    loss: StrictInt | None = Field(default=None, ge=1)
    amount: StrictInt | None = Field(default=None, ge=1)
    hours: tuple[Hours, ...] = ()
    day: Literal["workday", "day_off"] | None = None

    @cached_property
    def _patterns(self) -> tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]:
        """Of each kind of words that it asks for: made once, however many there are in a file."""
        asked = {"scope": self.scope, "dimension": self.dimension, "key": self.key, "rule": self.rule}
        return tuple(
            (name, globs, re.compile("|".join(map(translate, globs)))) for name, globs in asked.items() if globs
        )

    @property
    def is_open(self) -> bool:
        """Whether it matches everything."""
        return self == Match()

    def mismatch(self, alert: Alert, local: datetime, *, is_workday: bool) -> str:
        """What speaks against it, in words; nothing where it matches.

        Args:
            alert: What is to be told.
            local: The present in the team's zone.
            is_workday: Whether the team works on that day.
        """
        return self.words_mismatch(alert) or self._too_little(alert) or self._another_time(local, is_workday=is_workday)

    def words_mismatch(self, alert: Alert) -> str:
        """What speaks against it of the alert's words alone: scope, dimension, key and rules."""
        for name, globs, pattern in self._patterns:
            words = alert.rules if name == "rule" else [str(getattr(alert, name))]
            if not any(pattern.fullmatch(plain(word)) for word in words):
                return f"{name} is {_listed(words)}, not {_listed(globs)}"
        return ""

    def _too_little(self, alert: Alert) -> str:
        if isinstance(self.severity, str) and RANK[alert.severity] < RANK[self.severity]:
            return f"severity is {alert.severity}, less than {self.severity}"
        if isinstance(self.severity, tuple) and alert.severity not in self.severity:
            return f"severity is {alert.severity}, not {_listed(self.severity)}"
        for name, least, lost in (("loss", self.loss, "transactions"), ("amount", self.amount, "amount")):
            if least is not None and alert.estimated_loss.get(lost, 0.0) < least:
                return f"{name} is {alert.estimated_loss.get(lost, 0.0):.0f}, less than {least}"
        return ""

    def _another_time(self, local: datetime, *, is_workday: bool) -> str:
        if self.hours and not any(window.holds(local) for window in self.hours):
            return f"it is {local:%a %H:%M} for the team, outside the hours"
        if self.day is not None and is_workday != (self.day == "workday"):
            return f"{local:%Y-%m-%d} is {'a workday' if is_workday else 'a day off'} for the team"
        return ""


def _listed(words: Iterable[str]) -> str:
    return " or ".join(words) or "none"
