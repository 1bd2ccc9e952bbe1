"""What a notifier was told and what it owes is known to whoever takes over from it."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.topics import Topics
from sinks.kafka import KafkaSource
from sinks.notify.content import Content
from sinks.notify.journal import Journal, JournalContent, News, TakenOver, read
from sinks.notify.notifier import NAME
from sinks.notify.receipts import receipt_of
from sinks.notify.silence_topic import write
from sinks.notify.silences import Silence
from sinks.protocol import Busy, Trouble
from tests.sinks.kafka_kit import everything
from tests.sinks.notify.notifier_kit import ROUTES, Target, incident, publish, running, told, topics
from tests.waiting import until

__all__ = ["topics"]
pytestmark = pytest.mark.kafka


def test_whoever_takes_over_owes_what_was_owed_and_repeats_nothing(kafka: str, topics: Topics) -> None:
    first = Target()
    with running(kafka, topics, first):
        publish(kafka, topics, incident("a"))
        until(lambda: bool(first.got), "a message")
    second = Target()
    with running(kafka, topics, second):
        publish(kafka, topics, incident("a", 2, state="resolved"))
        until(lambda: bool(second.got), "its end")
    assert (first.got, second.got) == ([("open", ("a",))], [("resolved", ("a",))])
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 2)]
    assert [(each.kind, each.what, each.incidents, each.detail) for each in receipts] == [
        ("open", "delivered", ["a"], "200 OK"),
        ("resolved", "delivered", ["a"], "200 OK"),
    ]


def test_a_second_notifier_waits_and_takes_over_when_the_first_one_leaves(kafka: str, topics: Topics) -> None:
    first, second = Target(), Target()
    with running(kafka, topics, second) as waiting:
        with running(kafka, topics, first) as one:
            for number in range(8):
                publish(kafka, topics, incident(f"i{number}"))
            until(lambda: len(told(first) | told(second)) == 8, "all are told")
            assert (one.error, waiting.error) == (None, None)
        publish(kafka, topics, *[incident(f"i{number}", 2, state="resolved") for number in range(8)])
        until(lambda: [kind for kind, _ in second.got][-1:] == ["resolved"], "the end")
        assert waiting.error is None
    kinds = [kind for target in (first, second) for kind, _ in target.got]
    assert (kinds.count("open"), kinds.count("resolved")) == (1, 1)


def test_what_a_dead_channel_did_not_get_is_told_by_the_next_notifier_as_it_is_by_then(
    kafka: str, topics: Topics
) -> None:
    tried = threading.Event()

    def down(_content: Content) -> None:
        tried.set()
        raise Busy(Trouble.UNREACHABLE, "nobody is there")

    with running(kafka, topics, Target(down)):
        publish(kafka, topics, incident("a"))
        until(tried.is_set, "a try")
    target = Target()
    publish(kafka, topics, incident("a", 2, state="resolved"))
    with running(kafka, topics, target):
        until(lambda: bool(target.got), "a message")
    assert target.got == [("passed", ("a",))]


def test_of_two_the_one_whose_place_was_taken_writes_nothing_more(kafka: str, topics: Topics) -> None:
    one, other = (Journal(kafka, topics.notifications, topics.receipts, "same name") for _ in range(2))
    assert one.open() == JournalContent()
    assert other.open() == JournalContent()
    source = KafkaSource(kafka, topics.sink_group(NAME), [topics.alerts])
    with pytest.raises(TakenOver, match="another notifier has taken over"):
        one.write(News({"n": None}), source)
    other.write(News({"n": None}), source)
    source.close()


def test_one_who_has_stood_still_asks_whether_its_place_is_still_its_own_before_it_sends(
    kafka: str, topics: Topics
) -> None:
    tries: list[float] = []
    ahead_s = [0.0]

    def clock() -> float:
        return time.monotonic() + ahead_s[0]

    def down(_content: Content) -> None:
        tries.append(clock())
        raise Busy(Trouble.UNREACHABLE, "nobody is there")

    with running(kafka, topics, Target(down), clock=clock) as one:
        publish(kafka, topics, incident("a"))
        until(lambda: len(tries) > 1, "a try")
        Journal(kafka, topics.notifications, topics.receipts, topics.sink_group(NAME)).open()
        ahead_s[0] = 60.0
        until(lambda: one.error is not None, "it hears that its place was taken")
    assert sum(at > 60.0 + tries[0] for at in tries) <= 1


def test_a_silence_hides_across_a_takeover_and_what_still_fires_is_told_when_somebody_ends_it(
    kafka: str, topics: Topics
) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    silence = Silence("s", "ana", "a release", {"scope": "shop"}, now_ms, now_ms + 3_600_000)
    write(kafka, topics.silences, silence, 120.0)
    first, second = Target(), Target()
    with running(kafka, topics, first):
        publish(kafka, topics, incident("hidden", scope="shop"), incident("told"))
        until(lambda: bool(first.got), "what is not hidden")
    with running(kafka, topics, second):
        publish(kafka, topics, incident("later"))
        until(lambda: bool(second.got), "what came later")
        write(kafka, topics.silences, replace(silence, ended_ms=now_ms + 1, ended_by="bob"), 120.0)
        until(lambda: len(second.got) > 2, "what was hidden, and what the silence says of it")
    assert (first.got, second.got[0]) == ([("open", ("told",))], ("more", ("later", "told")))
    assert sorted(second.got[1:]) == [("more", ("hidden", "later", "told")), ("unsilenced", ("hidden",))]
    (known,) = Journal(kafka, topics.notifications, topics.receipts, topics.sink_group(NAME)).open().silences.values()
    assert (known.ended_why, known.ended_by, list(known.hidden)) == ("expired", "bob", ["hidden"])
    assert (known.routes, known.is_reported) == (["all"], True)


def test_what_is_acknowledged_for_a_time_is_handed_back_and_escalated_by_whoever_is_the_notifier_then(
    kafka: str, topics: Topics
) -> None:
    hour_ms = 3_600_000
    bosses = '[[channel]]\nname = "bosses"\nkind = "console"\n'
    routes = f"{ROUTES}repeat = '0s'\nescalate = [{{ after = '15m', channels = ['bosses'] }}]\n{bosses}"
    by: dict[str, Any] = {"acknowledged_by": "ana", "acknowledged_severity": "warning"}
    by["acknowledged_until"] = datetime.now(UTC) + timedelta(hours=4)
    first, second = Target(), Target()
    with running(kafka, topics, first, routes) as one:
        publish(kafka, topics, incident("a"))
        until(lambda: first.kinds == ["open"], "a message")
        publish(kafka, topics, incident("a", 2, state="acknowledged", **by))
        until(lambda: first.kinds == ["open", "acknowledged"], "that somebody is on it")
        one.ahead_ms = hour_ms
        publish(kafka, topics, incident("b"))
        until(lambda: first.kinds[2:] == ["open"], "a look at the clock")
        publish(kafka, topics, incident("b", 2, state="resolved"))
        until(lambda: first.kinds[3:] == ["resolved"], "its end")
    with running(kafka, topics, second, routes) as other:
        other.ahead_ms = 5 * hour_ms
        until(lambda: second.kinds == ["handed_back"], "that nobody is any more")
        other.ahead_ms += hour_ms // 4
        until(lambda: second.kinds == ["handed_back", "escalation"], "the next step")
    assert first.kinds == ["open", "acknowledged", "open", "resolved"]


def test_a_team_is_told_once_that_it_is_called_too_often_whichever_notifier_counts(kafka: str, topics: Topics) -> None:
    few = ROUTES.replace('name = "t"', 'name = "t"\n    budget = 2', 1).replace(
        'wait = "0s"', 'wait = "0s"\n    join = "0s"'
    )
    targets = [Target(), Target()]

    def page(target: Target, name: str) -> None:
        publish(kafka, topics, incident(name))
        until(lambda: name in told(target), "a page")

    with running(kafka, topics, targets[0], few):
        page(targets[0], "i0")
        page(targets[0], "i1")
    with running(kafka, topics, targets[1], few):
        page(targets[1], "i2")
        until(lambda: ("budget", ()) in targets[1].got, "the word")
        page(targets[1], "i3")
    kinds = [kind for target in targets for kind, _ in target.got]
    assert (kinds.count("open"), kinds.count("budget")) == (4, 1)
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 5)]
    (word,) = [each for each in receipts if each.kind == "budget"]
    assert (word.team, word.incidents, word.what) == ("t", [], "delivered")
    known = read(kafka, topics.notifications, "looks", 120.0).budgets["t"]
    assert (known.pages, known.is_told) == (4, True)
