"""What is owed is sent: each channel at its own pace."""

import threading

import structlog

from schemas.severity import RANK
from sinks.backoff import Backoff
from sinks.notify.channels.contract import Receipt, Refused
from sinks.notify.content import Content
from sinks.notify.dispatcher import AT_ONCE, DEADLINE_S, Dispatcher, is_overdue
from sinks.notify.message import content
from sinks.notify.notification import Due, Notification
from sinks.notify.routing.model import Team
from sinks.notify.run import backoff
from sinks.protocol import Busy, Trouble
from tests.sinks.notify.dispatcher_kit import Clock, Target, dispatching, fine, outcomes, owed


def test_what_is_owed_is_sent_with_what_the_target_calls_it() -> None:
    chat = Target(fine)
    notification = owed("n", "chat")
    notification.handles["chat"] = "thread-0"
    with dispatching(Clock(), chat=chat) as dispatcher:
        dispatcher.send([notification], 0)
        (outcome,) = outcomes(dispatcher, 1)
    assert chat.seen == [("n", "thread-0")]
    assert (outcome.notification, outcome.due.number, outcome.receipt) == ("n", 1, Receipt("202", "thread-1"))


def test_a_message_is_on_its_way_once_and_a_channel_carries_a_few_at_a_time() -> None:
    gate = threading.Event()

    def slow(_content: Content, _handle: str) -> Receipt:
        gate.wait(240)
        return Receipt("202")

    many = [owed(f"n{number}", "chat") for number in range(3 * AT_ONCE)]
    with dispatching(Clock(), chat=Target(slow)) as dispatcher:
        dispatcher.send(many, 0)
        dispatcher.send(many, 0)
        assert dispatcher.flying == AT_ONCE
        gate.set()
        assert len(outcomes(dispatcher, AT_ONCE)) == AT_ONCE


def test_in_a_storm_the_most_severe_calls_leave_first_and_of_these_the_longest_owed() -> None:
    pager = Target(fine)
    storm = [owed(f"warning {number}", "pager", since_ms=number) for number in range(3 * AT_ONCE)]
    for each in storm:
        each.rank = RANK["warning"]
    late = [owed(f"critical {number}", "pager", since_ms=1_000 - number) for number in range(AT_ONCE - 1)]
    for each in late:
        each.rank = RANK["critical"]
    over = owed("over", "pager", kind="resolved")
    over.rank = RANK["critical"]
    with dispatching(Clock(), pager=pager) as dispatcher:
        dispatcher.send([over, *storm, *late], 0)
        outcomes(dispatcher, AT_ONCE)
    assert {name for name, _ in pager.seen} == {"critical 0", "critical 1", "critical 2", "warning 0"}


def test_a_dead_channel_holds_up_no_other_one() -> None:
    gate = threading.Event()

    def stuck(_content: Content, _handle: str) -> Receipt:
        gate.wait(240)
        raise Busy(Trouble.TIMEOUT, "no answer")

    with dispatching(Clock(), dead=Target(stuck), chat=Target(fine)) as dispatcher:
        dispatcher.send([owed(f"n{number}", "dead", "chat") for number in range(20)], 0)
        delivered: set[str] = set()
        while len(delivered) < 20:
            delivered |= {outcome.notification for outcome in outcomes(dispatcher, 1)}
            dispatcher.send([owed(f"n{number}", "chat") for number in range(20) if f"n{number}" not in delivered], 0)
        gate.set()
    assert len(delivered) == 20


def test_what_fails_is_tried_again_later_and_while_it_fails_one_at_a_time_asks() -> None:
    clock = Clock()

    def down(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.UNREACHABLE, "nobody is there")

    chat = Target(down)
    many = [owed(f"n{number}", "chat") for number in range(3)]
    with dispatching(clock, chat=chat) as dispatcher:
        dispatcher.send(many[:1], 0)
        outcomes(dispatcher, 1)
        assert dispatcher.failing == {"chat": "nobody is there"}
        dispatcher.send(many[:1], 0)
        assert dispatcher.flying == 0
        dispatcher.send(many, 0)
        assert dispatcher.flying == 1
        outcomes(dispatcher, 1)
        clock.now, chat.answer = 100.0, fine
        dispatcher.send(many, 0)
        outcomes(dispatcher, 1)
        assert dispatcher.failing == {}


def test_however_many_messages_are_owed_a_dead_channel_is_asked_as_seldom_as_for_one() -> None:
    clock = Clock()

    def down(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.SERVER_ERROR, "503")

    chat = Target(down)
    many = {f"n{number:02}": owed(f"n{number:02}", "chat") for number in range(50)}

    def go_on(until: float, *more: Notification) -> list[str]:
        before = len(chat.seen)
        while clock.now < until:
            dispatcher.send([*many.values(), *more], 0)
            for outcome in outcomes(dispatcher, dispatcher.flying):
                if outcome.receipt is not None:
                    many[outcome.notification].due.clear()
            clock.now += 0.1
        return [name for name, _ in chat.seen[before:]]

    with dispatching(clock, chat=chat) as dispatcher:
        asked = go_on(200.0)
        assert set(asked) == many.keys()
        assert len(asked) < len(many) + 150
        assert "new" in go_on(200.3, owed("new", "chat"))
        chat.answer = fine
        assert go_on(230.0).count("n49") == 1
        assert [each.id for each in many.values() if each.due] == []


def test_a_channel_that_asks_for_time_gets_it_for_all_its_messages() -> None:
    clock = Clock()

    def throttled(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.THROTTLED, "429", retry_after_s=60)

    chat = Target(throttled)
    with dispatching(clock, chat=chat) as dispatcher:
        dispatcher.send([owed("a", "chat")], 0)
        outcomes(dispatcher, 1)
        clock.now, chat.answer = 59.0, fine
        dispatcher.send([owed("a", "chat"), owed("b", "chat")], 0)
        assert dispatcher.flying == 0
        clock.now = 67.0
        dispatcher.send([owed("a", "chat"), owed("b", "chat")], 0)
        assert [outcome.receipt for outcome in outcomes(dispatcher, 1)] == [Receipt("202", "thread-1")]


def test_what_nobody_waits_away_is_named() -> None:
    def gone(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.REFUSED, "404: is the address right?")

    with dispatching(Clock(), chat=Target(gone)) as dispatcher:
        dispatcher.send([owed("a", "chat")], 0)
        outcomes(dispatcher, 1)
        assert dispatcher.needs_mending == {"chat"}


def test_what_the_target_refuses_and_what_breaks_in_a_channel_are_told_apart() -> None:
    def refusing(content: Content, _handle: str) -> Receipt:
        if content.id == "bad":
            raise Refused("400: too long")
        raise ZeroDivisionError

    with dispatching(Clock(), chat=Target(refusing)) as dispatcher:
        dispatcher.send([owed("bad", "chat"), owed("odd", "chat")], 0)
        found = {outcome.notification: outcome for outcome in outcomes(dispatcher, 2)}
    assert (found["bad"].refused, found["bad"].detail) == (True, "400: too long")
    assert (found["odd"].refused, found["odd"].detail) == (False, "a fault in the channel: ZeroDivisionError")


def test_a_message_that_cannot_be_made_keeps_no_other_from_being_sent() -> None:
    def make(notification: Notification, due: Due, now_ms: int) -> Content:
        if notification.id == "odd":
            raise ValueError("xoxb-a-secret")
        return content(notification, due, Team(name="t"), now_ms)

    dispatcher = Dispatcher({"chat": Target(fine)}, make, backoff=Backoff(base_s=1.0))
    with structlog.testing.capture_logs() as logged:
        dispatcher.send([owed("odd", "chat"), owed("well", "chat")], 0)
        found = {outcome.notification: outcome for outcome in outcomes(dispatcher, 2)}
    assert found["well"].receipt == Receipt("202", "thread-1")
    assert (found["odd"].refused, found["odd"].detail) == (False, "a fault in the channel: ValueError")
    dispatcher.close()
    assert logged
    assert "xoxb" not in repr(logged)


def test_whoever_is_not_permitted_sends_nothing_and_is_asked_only_where_something_may_leave() -> None:
    chat, asked = Target(fine), []

    def permitted() -> bool:
        asked.append(1)
        return len(asked) > 1

    with dispatching(Clock(), chat=chat) as dispatcher:
        dispatcher.send([owed("a")], 0, permitted)
        assert asked == []
        dispatcher.send([owed("a", "chat"), owed("b", "chat")], 0, permitted)
        assert (len(asked), dispatcher.flying, chat.seen) == (1, 0, [])
        dispatcher.send([owed("a", "chat"), owed("b", "chat")], 0, permitted)
        assert len(outcomes(dispatcher, 2)) == len(asked) == 2


def test_a_channel_that_is_owed_nothing_any_more_is_no_trouble() -> None:
    def down(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.REFUSED, "the token was revoked")

    with dispatching(Clock(), chat=Target(down)) as dispatcher:
        dispatcher.send([owed("a", "chat")], 0)
        outcomes(dispatcher, 1)
        dispatcher.send([owed("a", "chat")], 0)
        assert (dispatcher.failing, dispatcher.needs_mending) == ({"chat": "the token was revoked"}, {"chat"})
        dispatcher.send([owed("a")], 0)
        assert (dispatcher.failing, dispatcher.needs_mending) == ({}, set())


def test_a_channel_that_was_made_anew_is_asked_at_once() -> None:
    def throttled(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.REFUSED, "the token was revoked", 3600.0)

    channels = {"chat": Target(throttled)}
    dispatcher = Dispatcher(
        channels, lambda n, due, at: content(n, due, Team(name="t"), at), backoff=backoff(), clock=Clock()
    )
    for _ in range(2):
        dispatcher.send([owed("a", "chat")], 0)
        outcomes(dispatcher, dispatcher.flying)
    assert len(channels["chat"].seen) == 1
    channels["chat"] = Target(fine)
    dispatcher.send([owed("a", "chat")], 0)
    assert [outcome.receipt for outcome in outcomes(dispatcher, 1)] == [Receipt("202", "thread-1")]
    assert dispatcher.failing == {}
    dispatcher.close()


def test_a_channel_that_asks_for_an_hour_gets_it() -> None:
    clock = Clock()

    def throttled(_content: Content, _handle: str) -> Receipt:
        raise Busy(Trouble.THROTTLED, "429", 3600.0)

    chat = Target(throttled)
    dispatcher = Dispatcher(
        {"chat": chat}, lambda n, due, at: content(n, due, Team(name="t"), at), backoff=backoff(), clock=clock
    )
    for clock.now in (0.0, 301.0, 3_599.0):
        dispatcher.send([owed("a", "chat")], 0)
        outcomes(dispatcher, dispatcher.flying)
    assert len(chat.seen) == 1
    clock.now = 3_960.0
    dispatcher.send([owed("a", "chat")], 0)
    outcomes(dispatcher, 1)
    dispatcher.close()
    assert len(chat.seen) == 2


def test_what_a_channel_does_not_want_is_done_without_being_sent() -> None:
    chat = Target(fine)
    with dispatching(Clock(), chat=chat) as dispatcher:
        dispatcher.send([owed("a", "chat", kind="repeat")], 0)
        (outcome,) = outcomes(dispatcher, 1)
    assert (chat.seen, outcome.receipt, outcome.is_meant) == ([], None, False)


def test_what_is_owed_to_a_channel_that_is_not_there_waits() -> None:
    with dispatching(Clock(), chat=Target(fine)) as dispatcher:
        dispatcher.send([owed("a", "other")], 0)
        assert dispatcher.flying == 0


def test_only_a_page_is_ever_overdue_and_that_once() -> None:
    late = int(DEADLINE_S * 1000) + 1
    assert is_overdue(Due("c", "t", "open", 0, 1), late)
    assert not is_overdue(Due("c", "t", "open", 1, 1), late)
    assert not is_overdue(Due("c", "t", "resolved", 0, 1), late)
    assert not is_overdue(Due("c", "t", "open", 0, 1, is_overdue=True), late)
