"""`floodmark tail` from start to end."""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec
from pydantic import ValidationError
from rich.console import Console

from floodmark.local.up.running import away, settings_here
from floodmark.operate.tail.lines import minute_line
from floodmark.operate.tail.reading import TopicTail
from floodmark.operate.tail.wanted import WantedRecords
from floodmark.operate.topics_there import require_topics
from runtime.exits import Exit, fail
from runtime.kafka.errors import BrokerError
from runtime.output import print_json_lines
from runtime.terminal import clean_console
from schemas.alert import Alert
from schemas.codec import NOT_DECODED, decode_alert, encode
from schemas.topics import Topics
from sinks.console.text import lines
from sinks.live.feed import SeenMinute

COMMAND: Final = "floodmark tail"
LOOKED_AT: Final = 20_000
"""How many of the last records of each partition are looked at for those that are wanted."""
Record = TypeVar("Record", Alert, SeenMinute)
_minute: Final = msgspec.json.Decoder(SeenMinute).decode


@dataclass(frozen=True, slots=True)
class RecordKind(Generic[Record]):
    """How one kind of record is read, ordered and printed.

    Args:
        topic: Its topic, by the names of all.
        decode: From the value of a record; None: it is none that is printed.
        wants: Whether it is wanted.
        order: Its place among others.
        line: For people.
        as_json: For programs, from the value and what was decoded.
    """

    topic: Callable[[Topics], str]
    decode: Callable[[bytes], Record | None]
    wants: Callable[[WantedRecords, Record], bool]
    order: Callable[[Record], tuple[Any, ...]]
    line: Callable[[Record], Any]
    as_json: Callable[[bytes, Record], str]


ALERTS: Final[RecordKind[Alert]] = RecordKind(
    lambda topics: topics.alerts,
    decode_alert,
    WantedRecords.has_alert,
    lambda alert: (alert.timestamp, alert.version, alert.revision),
    lines,
    lambda _raw, alert: encode(alert).decode(),
)
MINUTES: Final[RecordKind[SeenMinute]] = RecordKind(
    lambda topics: topics.minutes,
    _minute,
    WantedRecords.has_minute,
    lambda seen: (seen.minute, seen.scope, seen.dimension, seen.key),
    minute_line,
    lambda raw, _seen: raw.decode(),
)


def tail(
    kind: RecordKind[Record], given: dict[str, Any], wanted: WantedRecords, *, last: int, follow: bool, as_json: bool
) -> None:
    """Print the last of what is wanted, then what is said from now on; ends the process when that cannot be read."""
    if follow:
        # Whoever starts us in the background of a shell has us ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = settings_here(given)
    topics = Topics(settings.topic_prefix)
    topic = kind.topic(topics)
    try:
        require_topics(settings, (topic,), COMMAND)
        source = TopicTail(settings.cluster, topics, topic, LOOKED_AT if last else 0)
        try:
            _print(source, kind, wanted, last=last, follow=follow, as_json=as_json)
        finally:
            source.close()
    except BrokerError as error:
        fail(away(error, settings), Exit.UNREACHABLE, by=COMMAND)
    except BrokenPipeError:
        # Whoever read has enough; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        raise SystemExit(Exit.FINE) from None


def _print(
    source: TopicTail, kind: RecordKind[Record], wanted: WantedRecords, *, last: int, follow: bool, as_json: bool
) -> None:
    console = clean_console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    found = sorted(wanted_of(kind, source.there(), wanted), key=lambda each: kind.order(each[1]))
    _write(console, kind, found[len(found) - last :] if last < len(found) else found, as_json=as_json)
    while follow:
        _write(console, kind, wanted_of(kind, source.added(), wanted), as_json=as_json)


def wanted_of(
    kind: RecordKind[Record], values: Iterable[bytes], wanted: WantedRecords
) -> Iterable[tuple[bytes, Record]]:
    """Those of the values that are wanted, with what they say; what is none of the kind is left out."""
    for raw in values:
        try:
            record = kind.decode(raw)
        except (*NOT_DECODED, ValidationError):
            # Somebody else's record on our topic: the sinks report it, a reader need not.
            continue
        if record is not None and kind.wants(wanted, record):
            yield raw, record


def _write(console: Console, kind: RecordKind[Record], found: Iterable[tuple[bytes, Record]], *, as_json: bool) -> None:
    if as_json:
        print_json_lines(kind.as_json(raw, record) for raw, record in found)
        return
    for _, record in found:
        console.print(kind.line(record))
    sys.stdout.flush()
