"""A channel that does not answer is named, and holds up neither the other ones nor an end."""

import threading

import pytest

from sinks.notify.channels.contract import Receipt
from sinks.notify.content import Content
from sinks.notify.dispatcher import AT_ONCE, MAX_STUCK, STUCK_S, Dispatcher
from sinks.notify.message import content
from sinks.notify.routing.model import Team
from sinks.notify.run import backoff
from tests.sinks.notify.channels.kit import dripping, opened
from tests.sinks.notify.dispatcher_kit import Clock, Target, dispatching, fine, outcomes, owed


def test_a_channel_that_answers_never_is_named_and_keeps_no_other_one_and_no_end_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, never, answered = Clock(), threading.Event(), threading.Event()

    def stuck(_content: Content, _handle: str) -> Receipt:
        never.wait(240)
        answered.set()
        return Receipt("202")

    monkeypatch.setattr("sinks.notify.dispatcher.CLOSE_S", 0.05)
    with dispatching(clock, pager=Target(stuck), chat=Target(fine)) as dispatcher:
        dispatcher.send([owed("a", "pager", "chat")], 0)
        assert [outcome.due.channel for outcome in outcomes(dispatcher, 1)] == ["chat"]
        assert dispatcher.failing == {}
        clock.now = STUCK_S + 1
        dispatcher.send([owed("a", "pager"), owed("b", "pager")], 0)
        assert dispatcher.failing == {"pager": "it has not answered for 120 s; messages held there: 1"}
        assert dispatcher.flying == 2
    assert not answered.is_set(), "it has ended before that"
    never.set()


def test_a_target_that_drips_its_answer_comes_back_by_itself_and_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Through Apprise, whose library waits for as long as a byte comes now and then."""
    monkeypatch.setattr("sinks.notify.channels.apprise.bounded.TOTAL_S", 1.0)
    with dripping(b"", b"H") as port:
        drips = opened("apprise", {"URL": f"json://127.0.0.1:{port}/"}, url_variable="URL")
        made = Dispatcher(
            {"drips": drips, "chat": Target(fine)},
            lambda n, due, now_ms: content(n, due, Team(name="t"), now_ms),
            backoff=backoff(),
        )
        made.send([owed("a", "drips")], 0)
        made.send([owed(f"n{number}", "chat") for number in range(AT_ONCE)], 0)
        found = outcomes(made, AT_ONCE + 1)
        assert sorted((each.due.channel, each.receipt is not None) for each in found) == [
            *[("chat", True)] * AT_ONCE,
            ("drips", False),
        ]
        assert made.failing == {"drips": "json by apprise has not answered within 1 s"}
        assert made.flying == 0
        made.close()


def test_so_many_messages_are_held_by_a_channel_and_no_more_until_one_comes_back() -> None:
    clock, gate = Clock(), threading.Event()

    def stuck(_content: Content, _handle: str) -> Receipt:
        gate.wait(60.0)
        return Receipt("202")

    many = [owed(f"n{number:02}", "pager") for number in range(4 * MAX_STUCK)]
    pager = Target(stuck)
    with dispatching(clock, pager=pager, chat=Target(fine)) as dispatcher:
        for _ in range(2 * MAX_STUCK):
            dispatcher.send(many, 0)
            clock.now += STUCK_S + 1
        assert dispatcher.flying == MAX_STUCK
        assert dispatcher.failing["pager"] == (
            "it has not answered for 120 s; messages held there: 8, and no more are sent until one comes back or "
            "the notifier is started again"
        )
        assert dispatcher.needs_mending == {"pager"}
        dispatcher.send([*many, owed("page", "chat")], 0)
        assert [outcome.due.channel for outcome in outcomes(dispatcher, 1)] == ["chat"]
        gate.set()
        outcomes(dispatcher, MAX_STUCK)
        assert (dispatcher.failing, dispatcher.needs_mending) == ({}, set())
        dispatcher.send(many[MAX_STUCK:], 0)
        assert len(outcomes(dispatcher, AT_ONCE)) == AT_ONCE
