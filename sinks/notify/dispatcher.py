"""Sends what is owed: each channel at its own pace, each notification in its own order, none held up by others.

It remembers nothing that matters: what is owed stands in the notifications, which are stored. After a crash all that
is still owed is sent, and again what was taken in the last moment before.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

import structlog

from sinks.backoff import Backoff
from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.content import Content
from sinks.notify.notification import CALLS, Due, Notification, Scheduled
from sinks.protocol import MENDABLE, Busy, Trouble

log = structlog.get_logger(__name__)
AT_ONCE: Final = 4
"""How many messages of one channel are on their way at the same time."""
DEADLINE_S: Final = 300.0
"""A page that was not delivered for so long is told to others as well."""

STUCK_S: Final = 120.0
"""A message that has been on its way for so long may never come back: it makes room for others."""
MAX_STUCK: Final = 8
"""How many messages of a channel may be held that may never come back; then no more are sent there."""
CLOSE_S: Final = 12.0
"""What is on its way has so long to come back before the process ends: longer than a request of ours may take."""

Make = Callable[[Notification, Due, int], Content]
"""What a message says at a time, in epoch milliseconds."""
Report = Callable[[Scheduled], str]
"""The text of a report by schedule. It may take long, is called from other threads, and raises `Busy` when there is
nothing to ask for it now."""


def without_store(_scheduled: Scheduled) -> str:
    """The text of a report where there is no store to ask."""
    raise Busy(Trouble.UNREACHABLE, "no store is configured")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a message.

    Args:
        notification: Its notification's id.
        due: The message.
        receipt: What the target answered; none: it did not take it, or was not asked.
        is_meant: Whether the channel has anything to do with it; else it was not asked.
        is_made: Whether its text was there; else the channel was not asked, and has no part in what is wrong.
        refused: Whether the target refuses it as it is.
        detail: Why it was not taken, in one sentence without secrets.
        took_s: How long the target took.
    """

    notification: str
    due: Due
    receipt: Receipt | None = None
    is_meant: bool = True
    is_made: bool = True
    refused: bool = False
    detail: str = ""
    took_s: float = 0.0


@dataclass(slots=True)
class _Trouble:
    tries: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class _Flight:
    since: float
    thread: threading.Thread | None = None
    is_stuck: bool = False
    is_made: bool = True


class Dispatcher:
    """See the module. Each message has a thread of its own, which cannot keep the process from ending.

    Args:
        channels: By name; others may come while it runs.
        make: Makes a message when it is sent.
        report: Makes the text of a report by schedule, in the thread of its message: pages do not wait for it.
        backoff: How long a message waits after a failure.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        make: Make,
        report: Report = without_store,
        *,
        backoff: Backoff,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channels = channels
        self._make = make
        self._report = report
        self._backoff = backoff
        self._clock = clock
        self._flying: dict[str, dict[str, _Flight]] = {}
        self._back: SimpleQueue[tuple[Outcome, Busy | None]] = SimpleQueue()
        self._troubles: dict[tuple[str, str], _Trouble] = {}
        self._held: dict[str, float] = {}
        self._rests: dict[str, _Trouble] = {}
        self._known: dict[str, Channel] = {}
        self.failing: dict[str, str] = {}
        """By channel that takes nothing, why: for whoever looks at the notifier."""
        self.needs_mending: set[str] = set()
        """The channels among these that no waiting mends."""

    @property
    def flying(self) -> int:
        """How many messages are on their way."""
        return sum(map(len, self._flying.values()))

    def send(
        self, notifications: Iterable[Notification], now_ms: int, permitted: Callable[[], bool] = lambda: True
    ) -> None:
        """Let go what is owed and may leave now: the most severe calls first, of these the longest owed.

        Args:
            notifications: All that there are.
            now_ms: What messages say the time is, in epoch milliseconds.
            permitted: Asked once, before the first of them leaves: whether we are still the one who sends.
        """
        waiting = [(-_urgency(n, due), due.since_ms, n.id, n, due) for n in notifications for due in n.due.values()]
        self._leave_what_is_owed_no_more({(name, due.channel) for _, _, name, _, due in waiting})
        self._find_stuck()
        self._find_new()
        is_asked = False
        for *_, notification, due in sorted(waiting, key=lambda each: each[:3]):
            if self._may_leave(notification.id, due.channel):
                if not is_asked and not permitted():
                    return
                is_asked = True
                self._start(notification, due, now_ms)

    def outcomes(self) -> list[Outcome]:
        """What has come back since this was last asked; does not wait. What failed is tried again by itself."""
        found: list[Outcome] = []
        while True:
            try:
                outcome, busy = self._back.get_nowait()
            except Empty:
                return found
            self._land(outcome, busy)
            found.append(outcome)

    def close(self) -> None:
        """Wait a while for what is on its way, and close the channels."""
        until = time.monotonic() + CLOSE_S
        for flights in self._flying.values():
            for flight in flights.values():
                if flight.thread is not None:
                    flight.thread.join(max(0.0, until - time.monotonic()))
        for channel in self._channels.values():
            channel.close()

    def _leave_what_is_owed_no_more(self, owed: set[tuple[str, str]]) -> None:
        """What nobody waits for is no trouble: its channel may have left the file."""
        for key in self._troubles.keys() - owed:
            del self._troubles[key]
        for channel in self.failing.keys() - {channel for _, channel in owed}:
            if not self._flying.get(channel):
                self._takes_again(channel)

    def _find_stuck(self) -> None:
        """Some libraries wait for as long as a target sends a byte now and then."""
        now = self._clock()
        for channel, flights in self._flying.items():
            found = [f for f in flights.values() if f.is_made and not f.is_stuck and now - f.since > STUCK_S]
            for flight in found:
                flight.is_stuck = True
            if found:
                self._say_stuck(channel, sum(flight.is_stuck for flight in flights.values()))

    def _say_stuck(self, channel: str, held: int) -> None:
        self.failing[channel] = f"it has not answered for {STUCK_S:.0f} s; messages held there: {held}"
        if held >= MAX_STUCK:
            self.failing[channel] += ", and no more are sent until one comes back or the notifier is started again"
            self.needs_mending.add(channel)
        log.warning("channel_takes_nothing", channel=channel, held=held, detail=self.failing[channel])

    def _find_new(self) -> None:
        """A channel that was made anew, with another token say, is asked at once: what the old one wanted is past."""
        for name, channel in self._channels.items():
            if self._known.get(name, channel) is not channel:
                self._held.pop(name, None)
                self._rests.pop(name, None)
                for key in [key for key in self._troubles if key[1] == name]:
                    del self._troubles[key]
            self._known[name] = channel

    def _may_leave(self, name: str, channel: str) -> bool:
        now = self._clock()
        if channel not in self._channels or now < self._held.get(channel, 0.0):
            return False
        flying = self._flying.setdefault(channel, {})
        # While a channel takes nothing one message at a time asks whether it does again.
        room = 1 if channel in self.failing else AT_ONCE
        trouble = self._troubles.get((name, channel))
        busy = sum(flight.is_made and not flight.is_stuck for flight in flying.values())
        stuck = sum(flight.is_stuck for flight in flying.values())
        if name in flying or busy >= room or stuck >= MAX_STUCK:
            return False
        rest = self._rests.get(channel, trouble)
        # What was never tried may be what the channel takes: another one may be to blame.
        return trouble is None or rest is None or now >= max(trouble.not_before, rest.not_before)

    def _start(self, notification: Notification, due: Due, now_ms: int) -> None:
        channel = self._channels[due.channel]
        try:
            message = self._make(notification, due, now_ms)
            is_wanted = channel.wants(message)
        except Exception as error:  # one message that cannot be made must not keep all others from being sent
            self._flying[due.channel][notification.id] = _Flight(self._clock())
            self._back.put((self._broken(notification.id, due, error, 0.0), None))
            return
        if not is_wanted:
            self._flying[due.channel][notification.id] = _Flight(self._clock())
            self._back.put((Outcome(notification.id, due, is_meant=False), None))
            return
        handle = notification.handles.get(due.channel, "")
        scheduled = notification.scheduled
        flight = _Flight(self._clock(), is_made=scheduled is None)

        def carry() -> None:
            whole = message
            if scheduled is not None:
                found = self._text(scheduled, message, due)
                if not isinstance(found, str):
                    self._back.put(found)
                    return
                whole = replace(message, words=found)
                flight.since, flight.is_made = self._clock(), True
            self._back.put(self._carried(channel, whole, handle, due, flight.since))

        flight.thread = threading.Thread(target=carry, name=f"notify-{due.channel}", daemon=True)
        self._flying[due.channel][notification.id] = flight
        flight.thread.start()

    def _text(self, scheduled: Scheduled, message: Content, due: Due) -> str | tuple[Outcome, Busy | None]:
        """The text of a report, or what came of the message without it."""
        try:
            return self._report(scheduled)
        except Busy as error:
            return Outcome(message.id, due, is_made=False, detail=error.detail), error
        except Exception as error:  # a fault of ours in one report must not keep it from being tried again
            return replace(self._broken(message.id, due, error, 0.0), is_made=False), None

    def _carried(
        self, channel: Channel, message: Content, handle: str, due: Due, began: float
    ) -> tuple[Outcome, Busy | None]:
        try:
            receipt = channel.send(message, handle)
        except Refused as error:
            return Outcome(message.id, due, refused=True, detail=str(error), took_s=self._clock() - began), None
        except Busy as error:
            return Outcome(message.id, due, detail=error.detail, took_s=self._clock() - began), error
        except Exception as error:  # a fault of ours in one channel must not keep the others from being told
            return self._broken(message.id, due, error, self._clock() - began), None
        return Outcome(message.id, due, receipt, took_s=self._clock() - began), None

    @staticmethod
    def _broken(name: str, due: Due, error: BaseException, took_s: float) -> Outcome:
        """A fault of ours; what the error says may hold a secret, or what somebody has written."""
        log.error("channel_failed", channel=due.channel, error=type(error).__name__, place=_place(error))
        return Outcome(name, due, detail=f"a fault in the channel: {type(error).__name__}", took_s=took_s)

    def _takes_again(self, channel: str) -> None:
        del self.failing[channel]
        self.needs_mending.discard(channel)
        self._rests.pop(channel, None)

    def _let_rest(self, channel: str) -> None:
        """However many messages were tried, a channel that takes nothing is asked again as seldom as for one."""
        rest = self._rests.setdefault(channel, _Trouble())
        if self._clock() >= rest.not_before:
            # What has failed at the same time has asked it once.
            rest.tries += 1
            rest.not_before = self._clock() + self._backoff.delay_s(rest.tries)

    def _land(self, outcome: Outcome, busy: Busy | None) -> None:
        name, key = outcome.due.channel, (outcome.notification, outcome.due.channel)
        self._flying[name].pop(outcome.notification, None)
        if not outcome.is_meant:
            return
        if outcome.receipt is not None or outcome.refused:
            self._troubles.pop(key, None)
            if name in self.failing:
                self._takes_again(name)
                log.info("channel_is_back", channel=name)
            return
        trouble = self._troubles.setdefault(key, _Trouble())
        trouble.tries += 1
        asked_s = None if busy is None else busy.retry_after_s
        trouble.not_before = self._clock() + self._backoff.delay_s(trouble.tries, asked_s)
        if not outcome.is_made:
            if trouble.tries == 1:
                log.warning("report_waits", channel=name, detail=outcome.detail, effect="it is tried again for a day")
            return
        if asked_s is not None:
            self._held[name] = trouble.not_before
        self._let_rest(name)
        if name not in self.failing:
            log.warning("channel_takes_nothing", channel=name, detail=outcome.detail)
        self.failing[name] = outcome.detail
        if busy is not None and busy.trouble in MENDABLE:
            self.needs_mending.add(name)


def _place(error: BaseException) -> str:
    """Where it was raised: file, line and function."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""


def _urgency(notification: Notification, due: Due) -> int:
    """The more, the sooner it leaves: a storm of what is less severe must not stand before a critical page."""
    return notification.rank + 1 if due.kind in CALLS else 0


def is_overdue(due: Due, now_ms: int) -> bool:
    """Whether a page has not been delivered in its time, and nobody has been told of that."""
    return due.kind in CALLS and not due.is_overdue and now_ms - due.since_ms > DEADLINE_S * 1000
