"""The loop of the notifier: hear alerts, decide what is due, write it down, and only then send it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from threading import Event
from typing import Any, Final, Protocol

import structlog

from schemas.alert import CloudEvent
from sinks.dead_letters import DeadLetterError
from sinks.health import LoopHealth, Seconds
from sinks.metrics import Metrics
from sinks.notify.alert_event import event_in
from sinks.notify.budget import Budgets
from sinks.notify.dead_letters import letter, stands_for
from sinks.notify.desk import Desk
from sinks.notify.dispatcher import Dispatcher, Outcome, is_overdue
from sinks.notify.joining import Hush
from sinks.notify.journal import Journal, News, NotWritten, TakenOver
from sinks.notify.left_routing import say_what_is_gone
from sinks.notify.notification import Due, Notification
from sinks.notify.page_metrics import PageMetrics
from sinks.notify.receipts import DeliveryReceipt, What, receipt
from sinks.notify.reports import is_past, report
from sinks.notify.routing.model import Routing
from sinks.notify.silence_topic import SilenceTopic
from sinks.notify.silences import Silences
from sinks.protocol import DeadLetterTarget, Partition, Record, Refusal, Source, was_sent_again
from sinks.refused_records import RecordReading, RefusedRecords

log = structlog.get_logger(__name__)
NAME: Final = "notify"
BATCH: Final = 500
WAIT_S: Final = 0.25
SOON_S: Final = 0.05
"""What is on its way makes room for others as soon as it is back."""
LINGER_S: Final = 0.02
MINUTE_S: Final = 60
LOOK_S: Final = 2.0
"""How often the routing file is looked at for changes."""
WITHIN_S: Final = 30.0
"""The broker has so long to tell what people have silenced."""
SURE_S: Final = 3.0
"""For this long after something was written nobody else can be the notifier: less than a session of the group lasts."""
NOBODY: Final = "-"
"""The id of a notification that there is not."""
FINISH_S: Final = 5.0
"""After a stop, what is on its way has so long to come back."""


class GroupSource(Source, Protocol):
    """A source that can tell what its group is called and who in it we are."""

    def group(self) -> Any:
        """The consumer group's metadata, as librdkafka wants it."""

    def stamped(self, partition: Partition) -> str:
        """What is noted beside an offset of the partition."""


class Notifier:
    """See the module. All but the sending is in one thread.

    Nothing is sent before what is already on the topic has been read to its end: what is over by then is told as
    passed; when the group has never been there, to nobody.

    Args:
        source: Where alerts come from; whoever has their partition is the one notifier.
        journal: Where its memory is.
        desk: Makes a desk of what is known.
        silences: What people have silenced.
        dispatcher: Sends.
        dead_letters: Where records go that cannot be read.
        metrics: What is counted.
        pages: How long pages take.
        news: The routing where it has become another one since this was last asked, else None.
        beat: Told, at every turn in which all was read and written, how much is open and owed.
        clock: Seconds of a clock that never goes back.
        now_ms: Epoch milliseconds.
    """

    def __init__(  # noqa: PLR0913
        self,
        source: GroupSource,
        journal: Journal,
        desk: Callable[[Iterable[Notification], Hush], Desk],
        silences: SilenceTopic,
        dispatcher: Dispatcher,
        dead_letters: DeadLetterTarget,
        metrics: Metrics,
        pages: PageMetrics,
        news: Callable[[], Routing | None] = lambda: None,
        beat: Callable[[Mapping[str, Any]], None] = lambda _words: None,
        *,
        clock: Seconds = time.monotonic,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self._source, self._journal, self._made, self._dispatcher = source, journal, desk, dispatcher
        self._refused = RefusedRecords(NAME, dead_letters, metrics, clock)
        self._metrics, self._pages = metrics, pages
        self._clock, self._news, self._beat, self._looked_at = clock, news, beat, clock()
        self._now_ms = now_ms
        self._desk: Desk | None = None
        self._is_new = self._has_caught_up = False
        self._asked_for, self._silences, self._budgets = silences, Silences(), Budgets()
        self._changed: set[str] = set()
        self._wrote_at = -inf
        self._receipts: list[DeliveryReceipt] = []
        self._letters: list[tuple[Record, str]] = []
        self._alerts = ""
        self._offsets: dict[Partition, int] = {}
        self.health = LoopHealth(clock)
        source.listen(self._revoked)

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set; then wait a moment for what is on its way, and write down what came of it.

        Raises:
            sinks.notify.journal.TakenOver: another notifier has our place.
            Exception: whatever the source raises; nothing is written after it.
        """
        log.info("sink_started", sink=NAME)
        while not stop.is_set():
            self._turn()
        until = self._clock() + FINISH_S
        while self._dispatcher.flying and self._clock() < until:
            self._collect()
            self._source.hold(LINGER_S)
        self._collect()
        self._write()
        log.info("sink_stopped", sink=NAME)

    def _turn(self) -> None:
        self.health.turned()
        records = self._source.fetch(BATCH, SOON_S if self._dispatcher.flying else WAIT_S, LINGER_S)
        lag = self._source.lag()
        self._metrics.behind(lag)
        if not lag:
            self.health.idled()
            return
        if self._desk is None:
            self._begin(sorted(lag))
        self._look_at_the_routing()
        # A receipt names what the message was about, not what has become of that since.
        self._collect()
        self._hear(records)
        self._look(lag)
        is_written = self._write()
        if is_written and self._has_caught_up and self._desk is not None:
            known = self._desk.notifications.values()
            self._dispatcher.send(known, self._now_ms(), self._is_still_the_one)
            self._beat({"notifier": NAME, "open": len(known), "owed": sum(len(each.due) for each in known)})
        self._complain()

    def _is_still_the_one(self) -> bool:
        """Whether nobody can have taken our place: this process may have stood still for longer than it noticed.

        What was written a moment ago shows that. Else something is written: whoever has lost its place cannot.
        """
        if self._clock() - self._wrote_at <= SURE_S:
            return True
        self._changed.add(NOBODY)
        return self._write()

    def _begin(self, partitions: Sequence[Partition]) -> None:
        known = self._journal.open()
        self._silences = Silences(known.silences.values())
        self._budgets = Budgets(known.budgets.values())
        self._desk = self._made(known.notifications.values(), self._silences.hushed_by)
        for silence in self._asked_for.all(WITHIN_S):
            self._silences.ask(silence)
        self._is_new = all(map(self._source.is_new, partitions))
        self._has_caught_up = False
        self._changed, self._receipts, self._letters, self._offsets = set(), [], [], {}
        self._alerts = partitions[0].topic
        owed = sum(len(each.due) for each in known.notifications.values())
        log.info("notifications_known", count=len(known.notifications), owed=owed)

    def _look_at_the_routing(self) -> None:
        if self._clock() - self._looked_at < LOOK_S or self._desk is None:
            return
        self._looked_at = self._clock()
        routing = self._news()
        if routing is not None:
            say_what_is_gone(self._desk.notifications.values(), routing)
            self._desk.routing = routing

    # --- what comes in --------------------------------------------------------------------------------------------

    def _hear(self, records: Sequence[Record]) -> None:
        assert self._desk is not None
        now_ms = self._now_ms()
        reading = RecordReading(NAME, event_in)
        for record, entry in reading.of(records):
            if entry is not None:
                self._take_in(self._desk, record, entry.data, now_ms)
        if reading.unreadable:
            self._refused.put(reading.unreadable, Refusal.UNREADABLE)
        for record in records:
            self._offsets[record.partition] = record.offset + 1
            self._metrics.received({record.partition.topic: 1})

    def _take_in(self, desk: Desk, record: Record, event: CloudEvent, now_ms: int) -> None:
        alert = event.data
        is_again = was_sent_again(record)
        if is_again and (name := stands_for(event)):
            self._changed |= _told_again(desk, name, now_ms)
            return
        if is_again and desk.is_forgotten(alert, now_ms):
            return
        self._silences.hear(alert)
        if event.drill:
            log.info("drill_heard", team=event.drill, known=event.drill in desk.routing.teams)
        self._changed |= desk.hear(alert, now_ms, event.drill, (record.partition.number, record.offset))
        if is_again:
            log.info("told_again", incident=alert.incident_id)
            self._changed |= desk.tell_again(alert.incident_id, now_ms)

    def _look(self, lag: Mapping[Partition, int]) -> None:
        assert self._desk is not None
        if not self._has_caught_up:
            ends = self._source.ends()
            if any(partition not in ends for partition in lag):
                return
            self._has_caught_up = True
            if self._is_new:
                self._changed |= self._desk.leave_the_past()
        now_ms = self._now_ms()
        for silence in self._asked_for.news():
            self._silences.ask(silence)
        self._silences.look(now_ms)
        self._silences.changed |= self._silences.forget(now_ms)
        # Looking may break silences: what they hid is told with what breaks them.
        self._changed |= self._desk.look(now_ms)
        if made := report(self._desk, self._silences, now_ms):
            self._changed |= made | self._desk.look(now_ms)
        for notification in self._desk.notifications.values():
            for due in list(notification.due.values()):
                if is_overdue(due, now_ms):
                    self._note(notification, due, "overdue", 0.0, "not taken within the time that a page has")
                    self._pass_on(self._desk, notification, due, refused=False)
                    self._changed.add(notification.id)
                elif is_past(notification, now_ms):
                    log.error("report_given_up", channel=due.channel, team=due.team)
                    self._note(notification, due, "overdue", 0.0, "given up: it could not be sent within a day")
                    self._desk.undelivered(notification.id, due.number, due.channel, now_ms, refused=True)
                    self._changed.add(notification.id)

    # --- what goes out --------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        if self._desk is None:
            return
        for outcome in self._dispatcher.outcomes():
            self._take(self._desk, outcome)

    def _take(self, desk: Desk, outcome: Outcome) -> None:
        notification, due = desk.notifications.get(outcome.notification), outcome.due
        if notification is None:
            return
        if outcome.receipt is not None:
            self._note(notification, due, "delivered", outcome.took_s, outcome.receipt.answer)
            self._spend(desk, notification, due)
            desk.delivered(notification.id, due.number, due.channel, outcome.receipt.handle)
        elif not outcome.is_meant:
            desk.delivered(notification.id, due.number, due.channel, taken=False)
        elif outcome.refused:
            log.error("notification_refused", channel=due.channel, kind=due.kind, detail=outcome.detail)
            self._note(notification, due, "refused", outcome.took_s, outcome.detail)
            put_aside = letter(notification, due, self._alerts, outcome.detail)
            self._letters += [] if put_aside is None else [put_aside]
            self._pass_on(desk, notification, due, refused=True)
        else:
            return  # It is owed as it was.
        self._changed.add(notification.id)

    def _pass_on(self, desk: Desk, notification: Notification, due: Due, *, refused: bool) -> None:
        """Tell others, and say so where there are none."""
        before = notification.nobody_ms
        desk.undelivered(notification.id, due.number, due.channel, self._now_ms(), refused=refused)
        if notification.nobody_ms not in (None, before):
            log.error("page_reached_nobody", channel=due.channel, team=due.team, incidents=len(notification.members))
            self._note(notification, due, "unreached", 0.0, "no step of its route and no other channel is left")
            self._pages.unreached()

    def _spend(self, desk: Desk, notification: Notification, due: Due) -> None:
        """Count a page, and owe its team a word where that is one too many."""
        team = desk.routing.teams.get(due.team)
        if team is None:
            return
        now_ms = self._now_ms()
        spent = self._budgets.taken(notification, due, team, now_ms)
        if spent is not None:
            log.warning("budget_passed", team=team.name, week=spent.week, pages=spent.pages, budget=team.budget)
            self._changed.add(desk.tell_budget(team, spent.week, spent.pages, now_ms))

    def _note(self, notification: Notification, due: Due, what: What, took_s: float, detail: str) -> None:
        now_ms = self._now_ms()
        if what == "delivered":
            self._metrics.wrote(1, took_s, (now_ms - due.since_ms) / 1000)
        made = receipt(notification, due, what, now_ms, took_s, detail)
        if due.kind == "open" and what == "delivered":
            self._pages.taken(due.channel, (now_ms - made.event_ms) / 1000 - MINUTE_S, drill=notification.drill)
        self._receipts.append(made)

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _write(self) -> bool:
        """Write down all that is new; whether nothing is left to be written."""
        if self._desk is None:
            return False
        news = News(
            {name: self._desk.notifications.get(name) for name in self._changed},
            {name: self._silences.silences.get(name) for name in self._silences.changed},
            {name: self._budgets.spent[name] for name in self._budgets.changed},
            self._receipts,
            self._offsets,
        )
        if not news:
            self.health.advanced()
            return True
        if not self._put_letters():
            return False
        began = self._clock()
        try:
            self._journal.write(news, self._source)
        except NotWritten as error:
            log.warning("journal_not_written", detail=str(error), effect="tried again; nothing is sent until then")
            return False
        except TakenOver:
            # What is left unwritten is for whoever has our place.
            self._desk = None
            raise
        self._wrote_at = began
        self._metrics.committed(self._offsets)
        self._changed, self._receipts, self._offsets = set(), [], {}
        self._silences.changed.clear()
        self._budgets.changed.clear()
        self.health.advanced()
        return True

    def _put_letters(self) -> bool:
        """Put aside what was refused, before its receipt is written; whether nothing is left of that."""
        try:
            if self._letters:
                self._refused.put(self._letters, Refusal.REJECTED)
        except DeadLetterError as error:
            log.warning("letters_not_written", detail=str(error), effect="tried again; nothing is sent until then")
            return False
        self._letters = []
        return True

    def _revoked(self, _partitions: frozenset[Partition], may_commit: bool) -> None:  # noqa: FBT001 - `Revoked` says so
        """Another one is the notifier now: what was not written is known to it when it has read the alerts."""
        if self._desk is not None and may_commit:
            self._collect()
            self._write()
        self._desk = None

    def _complain(self) -> None:
        known = () if self._desk is None else self._desk.notifications.values()
        alone = sum(each.nobody_ms is not None and bool(each.open) for each in known)
        if not self._dispatcher.failing and not alone:
            self.health.released()
            return
        to_mend = self._dispatcher.needs_mending
        names = sorted(to_mend or self._dispatcher.failing)
        reasons = [f"{name}: {self._dispatcher.failing[name]}" for name in names]
        if alone:
            reasons.append(f"pages that have reached nobody and are about what goes on: {alone}")
        self.health.blocked("; ".join(reasons), to_mend=bool(to_mend or alone))


def _told_again(desk: Desk, name: str, now_ms: int) -> set[str]:
    """Owe what is about no incident once more; the notifications that have changed."""
    changed = desk.owe_again(name, now_ms)
    if changed:
        log.info("told_again", notification=name)
    else:
        why = "no channel owes it any more, or it is older than a day"
        log.warning("nothing_to_tell_again", notification=name, why=why)
    return changed
