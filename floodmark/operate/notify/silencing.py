"""`floodmark silences`, run: make, show and end what people do not want to be told of."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from confluent_kafka import KafkaException
from msgspec import structs
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from floodmark.local.up.running import settings_here
from runtime.exits import Exit, Misused, fail
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.rights import require
from runtime.kafka.topics import ensure_topics
from runtime.output import print_json, to_stdout
from runtime.terminal import clean_console
from schemas.durations import seconds_long
from schemas.rights import SILENCES, of_command
from schemas.severity import RANK, Severity
from schemas.shown import shown
from schemas.topics import Topics
from sinks.notify import journal
from sinks.notify.routing.matching import Match
from sinks.notify.routing.spans import Span
from sinks.notify.silence_topic import SilenceTopic, write
from sinks.notify.silences import Hidden, Silence

NAMED: Final = 5
"""So many incidents that one hides are named."""
_SPAN: Final[TypeAdapter[timedelta]] = TypeAdapter(Span)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is typed of a silence that is to be made; spans as people write them."""

    scope: tuple[str, ...]
    dimension: tuple[str, ...]
    key: tuple[str, ...]
    rule: tuple[str, ...]
    span: str
    author: str
    reason: str
    accepts: str
    accepts_lost: int | None
    until_cleared: bool
    idle: str | None

    def silence(self, now_ms: int) -> Silence:
        """The silence, from now on.

        Raises:
            Misused: it cannot be.
        """
        if self.accepts not in RANK:
            raise Misused(f"must be one of {', '.join(RANK)}; it is {self.accepts!r}", "--accept")
        accepts: Severity = next(severity for severity in RANK if severity == self.accepts)
        globs = {"scope": self.scope, "dimension": self.dimension, "key": self.key, "rule": self.rule}
        made = Silence(
            id=secrets.token_hex(4),
            author=self.author,
            reason=self.reason,
            match={name: list(words) for name, words in globs.items() if words},
            begins_ms=now_ms,
            ends_ms=now_ms + _ms(self.span, "--for"),
            accepts=accepts,
            accepts_lost=self.accepts_lost,
            until_cleared=self.until_cleared,
            idle_ms=None if self.idle is None else _ms(self.idle, "--idle"),
        )
        if problem := made.problem():
            raise Misused(problem)
        return made


class Place:
    """Where silences lie; the process ends with 3 when the broker does not answer."""

    def __init__(self, given: dict[str, Any]) -> None:
        settings = settings_here(given)
        self._cluster: Cluster = settings.cluster
        self._topics, self._within_s = Topics(settings.topic_prefix), settings.reached_within_s
        mine = (self._topics.silences, self._topics.notifications)
        try:
            require(self._cluster, of_command(self._topics, SILENCES), SILENCES)
            specs = [spec for spec in self._topics.specs(1) if spec.name in mine]
            ensure_topics(self._cluster, specs, replication=settings.replication, within_s=self._within_s)
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)

    def read(self) -> list[Silence]:
        """All silences, with what the notifier knows of them, the last one first."""
        group = self._topics.helper_group("silences")
        try:
            topic = SilenceTopic(self._cluster, self._topics.silences, group)
            asked = topic.all(self._within_s)
            topic.close()
            known = journal.read(self._cluster, self._topics.notifications, group, self._within_s).silences
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)
        except KafkaException as error:
            fail(f"Kafka has not told what silences hide: {error.args[0].str()}. Try again.", Exit.UNREACHABLE)
        # Somebody may have ended it a moment ago, when the notifier has not heard of it.
        merged = [
            one if (one.ended_ms is not None and (known_one := known.get(one.id)) and known_one.ended_ms is None)
            else known.get(one.id, one)
            for one in asked
        ]  # fmt: skip
        return sorted(merged, key=lambda one: -one.begins_ms)

    def write(self, silence: Silence) -> None:
        """Write one, or its end."""
        try:
            write(self._cluster, self._topics.silences, silence, self._within_s)
        except BrokerError as error:
            fail(str(error), Exit.UNREACHABLE)


def create(given: dict[str, Any], wish: Wish, *, as_json: bool) -> None:
    """Make a silence, and say what it accepts and when it ends.

    Raises:
        Misused: it cannot be made.
    """
    silence = wish.silence(int(time.time() * 1000))
    Place(given).write(silence)
    if as_json:
        print_json(structs.asdict(silence))
        return
    to_stdout(
        f"The silence {silence.id} hides {_what(silence)} until {_instant(silence.ends_ms)}{_ends_sooner(silence)}. "
        f"It breaks when something is {_breaks(silence)}. End it with `floodmark silences expire {silence.id}`."
    )


def show(given: dict[str, Any], *, everything: bool, as_json: bool) -> None:
    """Print the silences: those that are on or to come, or all."""
    now_ms = int(time.time() * 1000)
    found = [one for one in Place(given).read() if everything or (one.ended_ms is None and now_ms < one.ends_ms)]
    if as_json:
        for one in found:
            print_json(structs.asdict(one))
    elif found:
        clean_console(highlight=False, markup=False).print(_table(found, now_ms))
    else:
        to_stdout("There are no silences." if everything else "No silence is on. `--all` shows those that have ended.")


def expire(given: dict[str, Any], silence_id: str, by: str) -> None:
    """End a silence.

    Raises:
        Misused: there is no such silence, or it has ended.
    """
    place = Place(given)
    found = next((one for one in place.read() if one.id == silence_id.strip()), None)
    if found is None:
        raise Misused("there is no such silence; `floodmark silences list --all` shows all", "SILENCE")
    now_ms = int(time.time() * 1000)
    if found.ended_ms is not None or now_ms >= found.ends_ms:
        raise Misused("it has ended already", "SILENCE")
    place.write(structs.replace(found, ended_ms=now_ms, ended_why="expired", ended_by=by))
    hidden = [one for one in found.hidden.values() if not one.is_over]
    said = f"{len(hidden):,} that it hides will be told now" if hidden else "nothing that it hid is open"
    to_stdout(f"The silence {found.id} has ended: {said}.")


def _ms(text: str, option: str) -> int:
    try:
        return int(_SPAN.validate_python(text).total_seconds() * 1000)
    except ValidationError as error:
        raise Misused(f'must be a length of time, like "15m", "4h" or "7d"; it is {text!r}', option) from error


def _what(silence: Silence) -> str:
    match = Match.model_validate(silence.match)
    parts = [
        f"{name} {' or '.join(words)}"
        for name in ("scope", "dimension", "key", "rule")
        if (words := getattr(match, name))
    ]
    return shown(", ".join(parts), keep="", mark="·")


def _breaks(silence: Silence) -> str:
    parts = [] if silence.accepts == "critical" else [f"more severe than {silence.accepts}"]
    if silence.accepts_lost is not None:
        parts.append(f"losing more than {silence.accepts_lost:,} transactions")
    return " or ".join(parts) or "never: it accepts everything"


def _ends_sooner(silence: Silence) -> str:
    parts = [", or when all that it hides is over"] if silence.until_cleared else []
    if silence.idle_ms is not None:
        parts.append(f", or when it has matched nothing for {seconds_long(silence.idle_ms / 1000)}")
    return "".join(parts)


def _table(silences: list[Silence], now_ms: int) -> Table:
    table = Table("silence", "hides", "until", "by", "why", "has hidden", box=None, pad_edge=False, header_style="bold")
    for one in silences:
        table.add_row(
            one.id,
            _what(one),
            _until(one, now_ms),
            shown(one.author, keep="", mark="·"),
            shown(one.reason, keep="", mark="·"),
            _hidden(list(one.hidden.values())),
        )
    return table


def _until(one: Silence, now_ms: int) -> str:
    if one.ended_ms is not None:
        return f"ended {_instant(one.ended_ms)} ({one.ended_why or 'expired'})"
    left = seconds_long((one.ends_ms - now_ms) / 1000)
    return f"{_instant(one.ends_ms)} ({left} left)" if now_ms < one.ends_ms else f"ended {_instant(one.ends_ms)} (time)"


def _hidden(hidden: list[Hidden]) -> str:
    worst = sorted(hidden, key=lambda each: (-RANK[each.severity], -each.lost))
    words = [f"{each.severity} {each.key} of {each.scope}" for each in worst[:NAMED]]
    if len(worst) > NAMED:
        words.append(f"{len(worst) - NAMED:,} more")
    return shown(", ".join(words), keep="", mark="·") or "nothing"


def _instant(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
