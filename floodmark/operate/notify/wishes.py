"""A silence as somebody wishes for it, in the words of a command line or a request."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from runtime.exits import Misused
from schemas.severity import RANK, Severity
from sinks.notify.routing.spans import MAX_SPAN, Span, in_words
from sinks.notify.silences import MAX_MS, Silence

LEAST: Final = timedelta(minutes=1)
"""The shortest length of time that people ask for."""
MAX_SILENCE: Final = timedelta(milliseconds=MAX_MS)
_SPAN: Final[TypeAdapter[timedelta]] = TypeAdapter(Span)


@dataclass(frozen=True, slots=True)
class SilenceWords:
    """What a silence is to hide, and what it accepts; words as they are typed, none where nothing is."""

    scope: Sequence[str] | None
    dimension: Sequence[str] | None
    key: Sequence[str] | None
    rule: Sequence[str] | None
    accepts: str
    accepts_lost: int | None

    @property
    def match(self) -> dict[str, object]:
        """As a routing file has it."""
        globs = {"scope": self.scope, "dimension": self.dimension, "key": self.key, "rule": self.rule}
        return {name: list(words) for name, words in globs.items() if words}

    def silence(self, author: str, reason: str, begins_ms: int, lasts: timedelta, **more: Any) -> Silence:
        """One that hides it from then on.

        Raises:
            Misused: it cannot be.
        """
        if self.accepts not in RANK:
            raise Misused(f"must be one of {', '.join(RANK)}; it is {self.accepts!r}", "--accept")
        accepts: Severity = next(severity for severity in RANK if severity == self.accepts)
        made = Silence(
            id=secrets.token_hex(4),
            author=author,
            reason=reason,
            match=self.match,
            begins_ms=begins_ms,
            ends_ms=begins_ms + int(lasts.total_seconds() * 1000),
            accepts=accepts,
            accepts_lost=self.accepts_lost,
            **more,
        )
        for option, words in (("--reason", reason), ("--by", author)):
            if not words.strip():
                raise Misused("is empty: whoever is woken by what it hid wants to know", option)
        if not self.match:
            raise Misused("must be given, or --dimension, --key or --rule: it has to say what it hides", "--scope")
        if problem := made.problem():
            raise Misused(problem)
        return made


@dataclass(frozen=True, slots=True)
class Wish:
    """What is typed of a silence that is to be made; spans as people write them."""

    matchers: SilenceWords
    span: str
    author: str
    reason: str
    until_cleared: bool
    idle: str | None

    def silence(self, now_ms: int) -> Silence:
        """The silence, from now on.

        Raises:
            Misused: it cannot be.
        """
        return self.matchers.silence(
            self.author,
            self.reason,
            now_ms,
            span(self.span, "--for", MAX_SILENCE),
            until_cleared=self.until_cleared,
            idle_ms=None if self.idle is None else int(span(self.idle, "--idle", MAX_SILENCE).total_seconds() * 1000),
        )


def span(text: str, option: str, most: timedelta = MAX_SPAN) -> timedelta:
    """A length of time from LEAST to `most`; raises `Misused`, which names the option."""
    try:
        found = _SPAN.validate_python(text.strip())
    except ValidationError:
        found = None
    if found is None or not LEAST <= found <= most:
        form = f"a length of time from {in_words(LEAST)} to {in_words(most)}, such as 15m or 4h"
        raise Misused(f"must be {form}; it is {text!r}", option)
    return found
