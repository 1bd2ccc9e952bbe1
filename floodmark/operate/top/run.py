"""`floodmark top` from start to end."""

import sys
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from floodmark.local.stream_time import Front, StreamLimits
from floodmark.local.up.flow import Flow
from floodmark.local.up.left_out import LeftOut
from floodmark.local.up.running import away, settings_here
from floodmark.local.up.sampler import Sampler
from floodmark.local.up.screen import LiveScreen
from floodmark.local.up.signals import Signals
from floodmark.local.up.status import Status, watching
from floodmark.local.up.view import MAX_ROWS, OLD_S, draw
from floodmark.operate.topics_there import require_topics
from runtime.exits import Exit, fail
from runtime.kafka.errors import BrokerError
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.terminal import clean_console
from schemas.alert import Alert
from schemas.durations import seconds_long
from schemas.topics import Topics
from sinks.live.feed import LiveReader, Picture

COMMAND: Final = "floodmark top"
SHOW_EVERY_S: Final = 0.3
READ_WITHIN_S: Final = 10.0
LATEST: Final = 10
"""How many of the latest alerts are kept."""


def top(given: dict[str, Any], *, scope: str | None, once: bool) -> int:
    """Show the view until somebody wants it to stop, or once; the exit code of the process.

    Args:
        given: What was typed, by the name of the setting.
        scope: Whose minutes and incidents; None: all, and of minutes those of the scope with the most traffic.
        once: Draw one picture and end, also on a terminal.
    """
    settings = settings_here(given)
    topics = Topics(settings.topic_prefix)
    try:
        require_topics(settings, (topics.minutes, topics.alerts), COMMAND)
    except BrokerError as error:
        fail(away(error, settings), Exit.UNREACHABLE, by=COMMAND)
    signals, begun = Signals(), time.monotonic()
    signals.install()
    offsets = Offsets(settings.cluster)
    feed = LiveReader(settings.cluster, topics, offsets)
    front = Front(settings.cluster, topics.transactions, StreamLimits.of_workers(), topics.helper_group("view"))
    left_out = LeftOut(settings.cluster, topics, topics.helper_group("view"))
    sampler = Sampler(offsets, topics, front, left_out)
    alerts: deque[Alert] = deque(maxlen=LATEST)

    def status() -> Status:
        now = datetime.now(UTC)
        picture = of_scope(feed.board.picture(), scope)
        alerts.extend(each for each in feed.board.news() if scope in (None, each.scope))
        return Status(
            doing(picture, now),
            str(settings.cluster),
            time.monotonic() - begun,
            picture,
            sampler.flow(),
            (),
            tuple(alerts),
            now=now,
            leaves="Ctrl-C leaves",
        )

    console = clean_console()
    try:
        if once or not console.is_terminal:
            _await_end(feed, offsets, topics, sampler)
            console.print(draw(status(), max(console.height, MAX_ROWS), console.width))
            return Exit.FINE
        with LiveScreen(console) as screen:
            while not signals.wishes:
                screen.show(status())
                time.sleep(SHOW_EVERY_S)
    finally:
        feed.close()
        sampler.close()
    return Exit.FINE


def doing(picture: Picture, now: datetime) -> str:
    """What the pipeline does: it watches, or is blind, also when no minute has come for some time."""
    words = watching(picture)
    if picture.minute is None or words.startswith("BLIND"):
        return words
    age_s = now.timestamp() - picture.minute / 1000 - 60
    return words if age_s <= OLD_S else f"BLIND: nothing received for {seconds_long(age_s)}; these numbers are old"


def of_scope(picture: Picture, scope: str | None) -> Picture:
    """The picture with what concerns that scope, and the stream itself; None: all of it."""
    if scope is None:
        return picture
    return replace(
        picture,
        statuses=tuple(each for each in picture.statuses if each.scope == scope),
        incidents=tuple(each for each in picture.incidents if each.scope == scope or each.dimension == "stream"),
    )


def _await_end(feed: LiveReader, offsets: Offsets, topics: Topics, sampler: Sampler) -> None:
    """Return when all that is there now was read and what flows was looked at, or after some time."""
    deadline = time.monotonic() + READ_WITHIN_S
    try:
        ends = offsets.ends([topics.minutes, topics.alerts])
    except OffsetsError as error:
        sys.stdout.flush()
        fail(str(error), Exit.UNREACHABLE, by=COMMAND)

    def is_behind() -> bool:
        return sampler.flow() == Flow() or any(feed.reached(slot) < end for slot, end in ends.items())

    while time.monotonic() < deadline and is_behind():
        time.sleep(0.05)
