"""A notifier on a real Kafka: what it tells, what it gives up, and what it puts aside."""

import threading
from datetime import UTC, datetime

import pytest

from producers.resend.dead_letters import ResendableLetters, ResendResult
from schemas.codec import decode_event
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from sinks.notify.channels.contract import Refused
from sinks.notify.content import Content
from sinks.notify.journal import read
from sinks.notify.notifier import NAME
from sinks.notify.receipts import receipt_of
from tests.sinks.kafka_kit import everything
from tests.sinks.notify.notifier_kit import ROUTES, Running, Target, incident, publish, running, told, topics
from tests.waiting import until

__all__ = ["topics"]
pytestmark = pytest.mark.kafka


def test_what_is_over_before_it_came_is_told_to_nobody_and_what_is_open_is(kafka: str, topics: Topics) -> None:
    publish(kafka, topics, incident("old"), incident("old", 2, state="resolved"), incident("open"), b"no alert")
    target = Target()
    with running(kafka, topics, target):
        until(lambda: bool(target.got), "a message")
        publish(kafka, topics, incident("open", 2, state="resolved"))
        until(lambda: len(target.got) == 2, "its end")
    assert target.got == [("open", ("open",)), ("resolved", ("open",))]
    letters = everything(kafka, topics.dead_letters, 1)
    assert [letter.value() for letter in letters] == [b"no alert"]


def test_a_report_that_waits_for_its_store_holds_up_no_page_and_is_given_up_with_a_receipt(
    kafka: str, topics: Topics
) -> None:
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[datetime.now(UTC).weekday()]
    table = f'    [[report]]\n    kind = "day"\n    at = "{day} 00:00"\n    team = "t"\n    channels = ["chat"]\n'
    target = Target()

    def owed() -> list[str]:
        known = read(kafka, topics.notifications, "looks", 120.0).notifications.values()
        return [due.kind for each in known if each.scheduled is not None for due in each.due.values()]

    # Never repeated: the page and what became of the report are all receipts that there are.
    once = ROUTES.replace('wait = "0s"', 'wait = "0s"\n    repeat = "0s"')
    with running(kafka, topics, target, once + table) as one:
        publish(kafka, topics, incident("i0"))
        until(lambda: "i0" in told(target) and owed() == ["report"], "the page, and a report that is owed")
        one.ahead_ms = 25 * 3_600_000
        until(lambda: not owed(), "it is given up")
    assert "report" not in target.kinds
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 2)]
    (word,) = [each for each in receipts if each.kind == "report"]
    assert (word.what, word.channel, word.severity) == ("overdue", "chat", "info")


def test_a_page_that_all_refuse_is_put_aside_said_to_have_reached_nobody_and_told_when_it_is_sent_again(
    kafka: str, topics: Topics
) -> None:
    refuses = threading.Event()
    refuses.set()

    def refuse(_content: Content) -> None:
        if refuses.is_set():
            raise Refused("Chat answered 400: no_such_block")

    target = Target(refuse)
    publish(kafka, topics, incident("other", state="resolved"), incident("a"), incident("b"))
    with running(kafka, topics, target, ROUTES.replace('wait = "0s"', 'wait = "0s"\n    repeat = "0s"')) as one:
        until(lambda: unreached(one) == 1, "that it has reached nobody")
        until(lambda: not one.notifier.health.check()[0], "that it is not well")
        assert "pages that have reached nobody" in one.notifier.health.check()[1]
        assert one.notifier.health.complaint() is None
        (letter,) = everything(kafka, topics.dead_letters, 1)
        about = DeadLetter.from_headers(letter.headers())
        assert (about.sink, about.reason, about.topic, about.partition) == (NAME, "rejected", topics.alerts, 0)
        why = "chat refused to tell t (open) of a and 1 more: Chat answered 400: no_such_block"
        assert about.detail == f"sink {NAME}: {why}"
        assert decode_event(letter.value()).data.incident_id == "a"
        assert about.offset == 1
        refuses.clear()
        with ResendableLetters(kafka, topics, 1) as letters:
            outcome = letters.send_again(lambda _letter: True, lambda value: value, 1, read_by_sinks={topics.alerts: 1})
        assert outcome.returned == {topics.alerts: 1}
        until(lambda: bool(target.got), "it is told")
        until(lambda: one.notifier.health.check()[0], "that it is well")
        assert target.got == [("open", ("a", "b"))]
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 3)]
    assert [(each.what, each.kind, each.incidents) for each in receipts] == [
        (what, "open", ["a", "b"]) for what in ("refused", "unreached", "delivered")
    ]


def test_a_word_about_a_budget_that_is_refused_is_put_aside_and_told_when_it_is_sent_again(
    kafka: str, topics: Topics
) -> None:
    refuses = threading.Event()
    refuses.set()

    def refuse(content: Content) -> None:
        if content.kind == "budget" and refuses.is_set():
            raise Refused("Chat answered 400")

    def sent_again() -> ResendResult:
        with ResendableLetters(kafka, topics, 1) as letters:
            return letters.send_again(lambda _letter: True, lambda value: value, 1, read_by_sinks={topics.alerts: 1})

    routes = ROUTES.replace('name = "t"', 'name = "t"\n    budget = 1', 1).replace('"0s"', '"0s"\n    join = "0s"')
    target = Target(refuse)
    publish(kafka, topics, incident("a"))
    with running(kafka, topics, target, routes):
        until(lambda: "open" in target.kinds, "the page that is the budget")
        publish(kafka, topics, incident("b"))
        (letter,) = everything(kafka, topics.dead_letters, 1)
        about = DeadLetter.from_headers(letter.headers())
        assert about.detail == f"sink {NAME}: chat refused to tell t (budget): Chat answered 400"
        until(lambda: target.kinds.count("open") == 2, "both pages")
        assert (sent_again().returned, len(everything(kafka, topics.dead_letters, 2))) == ({topics.alerts: 1}, 2)
        refuses.clear()
        outcome = sent_again()
        assert (outcome.returned, outcome.before) == ({topics.alerts: 1}, 1)
        until(lambda: "budget" in target.kinds, "the word about the budget")
    assert sorted(target.kinds) == ["budget", "open", "open"]


def unreached(one: Running) -> float | None:
    return one.registry.get_sample_value("floodmark_notify_unreached_total")
