"""The notifier on a real Kafka: what it was told is known to whoever takes over."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from confluent_kafka import Producer
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from floodmark.cli import app
from producers.resend.dead_letters import ResendableLetters, ResendResult
from runtime.kafka.topics import ensure_topics
from schemas.alert import Alert, envelope
from schemas.codec import decode_event, encode
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from sinks.backoff import Backoff
from sinks.dead_letters import DeadLetters
from sinks.kafka import KafkaSource
from sinks.metrics import Metrics
from sinks.notify.channels.contract import Receipt, Refused
from sinks.notify.content import Content
from sinks.notify.desk import Desk
from sinks.notify.dispatcher import Dispatcher
from sinks.notify.journal import Journal, Known, News, TakenOver, read
from sinks.notify.message import content
from sinks.notify.notifier import NAME, Notifier
from sinks.notify.page_metrics import PageMetrics
from sinks.notify.receipts import receipt_of
from sinks.notify.silence_topic import SilenceTopic, write
from sinks.notify.silences import Silence
from sinks.protocol import Busy, Trouble
from tests.pipeline.wire import ends
from tests.sinks.kafka_kit import everything, until
from tests.sinks.notify.routing.kit import alert as made
from tests.sinks.notify.routing.kit import routed

pytestmark = pytest.mark.kafka
ROUTES = """
    [[team]]
    name = "t"

    [[channel]]
    name = "chat"
    kind = "console"

    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]
    wait = "0s"
"""


class Target:
    """A channel that writes down what it gets; what it shall do first is the test's."""

    def __init__(self, before: Callable[[Content], None] = lambda _content: None) -> None:
        self.before = before
        self.got: list[tuple[str, tuple[str, ...]]] = []

    def send(self, content: Content, handle: str) -> Receipt:
        self.before(content)
        self.got.append((content.kind, tuple(incident.id for incident in content.incidents)))
        return Receipt("200 OK", handle or "thread-1")

    @property
    def kinds(self) -> list[str]:
        """Why each message was sent."""
        return [kind for kind, _ in self.got]

    def wants(self, content: Content) -> bool:
        return bool(content.id)

    def close(self) -> None:
        pass


class Running:
    """A notifier in a thread of its own, whose clock is `ahead_ms` ahead."""

    def __init__(
        self,
        address: str,
        topics: Topics,
        target: Target,
        routes: str = ROUTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        routing = routed(routes).routing
        self.ahead_ms = 0
        self.stop, self.error = threading.Event(), None
        self.registry = CollectorRegistry()
        source = KafkaSource(address, topics.sink_group(NAME), [topics.alerts])
        silences = SilenceTopic(address, topics.silences, "looks")
        journal = Journal(address, topics.notifications, topics.receipts, topics.sink_group(NAME))

        def make(notification: Any, due: Any, now_ms: int) -> Content:
            return content(notification, due, routing.teams[due.team], now_ms)

        dispatcher = Dispatcher(
            {channel.name: target for channel in routing.channel}, make, backoff=Backoff(base_s=0.05, cap_s=0.1)
        )
        self.notifier = Notifier(
            source,
            journal,
            lambda known, hush: Desk(routing, known, hush),
            silences,
            dispatcher,
            DeadLetters(address, topics.dead_letters, NAME),
            Metrics(NAME, [topics.alerts], self.registry),
            PageMetrics(self.registry),
            now_ms=lambda: time.time_ns() // 1_000_000 + self.ahead_ms,
            clock=clock,
        )

        def run() -> None:
            try:
                self.notifier.run(self.stop)
            except TakenOver as error:
                self.error = error
            finally:
                silences.close()
                source.close()
                dispatcher.close()

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(60)


@pytest.fixture
def topics(kafka: str) -> Topics:
    made = Topics(f"notify-{uuid.uuid4().hex[:8]}.")
    ensure_topics(kafka, made.specs(1), replication=1)
    return made


@contextmanager
def running(
    address: str, topics: Topics, target: Target, routes: str = ROUTES, clock: Callable[[], float] = time.monotonic
) -> Iterator[Running]:
    one = Running(address, topics, target, routes, clock)
    try:
        yield one
    finally:
        one.end()


def publish(address: str, topics: Topics, *alerts: Alert | bytes) -> None:
    producer = Producer({"bootstrap.servers": address, "log_level": 0})
    for each in alerts:
        key, value = ("x", each) if isinstance(each, bytes) else (each.incident_id, encode(envelope(each)))
        producer.produce(topics.alerts, value, key)
    producer.flush(20)


def incident(name: str, revision: int = 1, **fields: Any) -> Alert:
    now = datetime.now(UTC).replace(microsecond=0)
    return made(now).model_copy(update={"incident_id": name, "revision": revision, **fields})


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


def told(target: Target) -> set[str]:
    return {incident for _, incidents in target.got for incident in incidents}


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
    assert one.open() == Known()
    assert other.open() == Known()
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
    write(kafka, topics.silences, silence, 20.0)
    first, second = Target(), Target()
    with running(kafka, topics, first):
        publish(kafka, topics, incident("hidden", scope="shop"), incident("told"))
        until(lambda: bool(first.got), "what is not hidden")
    with running(kafka, topics, second):
        publish(kafka, topics, incident("later"))
        until(lambda: bool(second.got), "what came later")
        write(kafka, topics.silences, replace(silence, ended_ms=now_ms + 1, ended_by="bob"), 20.0)
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
    known = read(kafka, topics.notifications, "looks", 20.0).budgets["t"]
    assert (known.pages, known.is_told) == (4, True)


def test_a_drill_goes_the_way_of_an_incident_and_is_timed(kafka: str, topics: Topics, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(dedent(ROUTES))
    words = ["drill", "--routes", str(routes), "--broker", kafka, "--topic-prefix", topics.prefix, "--json"]
    target = Target()
    with running(kafka, topics, target) as one:
        publish(kafka, topics, incident("real"))
        until(lambda: bool(target.got), "an incident is told")
        ran = CliRunner().invoke(app, [*words, "--within", "60"])
        assert ran.exit_code == 0, ran.stderr
        until(lambda: len(target.got) == 3, "the end of the drill")
    timed = json.loads(ran.stdout.splitlines()[-1])
    assert (timed["team"], timed["channel"], timed["outcome"], timed["answer"]) == ("t", "chat", "delivered", "200 OK")
    assert [kind for kind, _ in target.got] == ["open", "open", "resolved"]
    ((name,),) = {incidents for _, incidents in target.got[1:]}
    assert name.startswith("drill-")
    receipts = [receipt_of(record.value()) for record in everything(kafka, topics.receipts, 3)]
    assert [(each.incidents, each.drill) for each in receipts] == [(["real"], False), ([name], True), ([name], True)]
    counted = "floodmark_notify_time_to_page_seconds"
    seconds = one.registry.get_sample_value(f"{counted}_sum", {"channel": "chat", "drill": "yes"})
    assert seconds == pytest.approx(timed["seconds_to_page"], abs=0.01)
    assert one.registry.get_sample_value(f"{counted}_count", {"channel": "chat", "drill": "no"}) == 1


def test_a_drill_that_no_channel_takes_ends_with_1_and_is_ended_all_the_same(
    kafka: str, topics: Topics, tmp_path: Path
) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(dedent(ROUTES))
    # A drill asks once; who leads a new topic is known a moment later.
    ends(kafka, [topics.receipts, topics.alerts])
    words = ["drill", "--routes", str(routes), "--broker", kafka, "--topic-prefix", topics.prefix]
    ran = CliRunner().invoke(app, [*words, "--within", "1"])
    assert ran.exit_code == 1
    assert "not taken within 1 s" in ran.stdout
    assert "Does a notifier run with these routes?" in " ".join(ran.stdout.split())
    said = [decode_event(record.value()) for record in everything(kafka, topics.alerts, 2)]
    assert [(each.drill, each.data.state) for each in said] == [("t", "firing"), ("t", "resolved")]


def test_a_report_that_waits_for_its_store_holds_up_no_page_and_is_given_up_with_a_receipt(
    kafka: str, topics: Topics
) -> None:
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[datetime.now(UTC).weekday()]
    table = f'    [[report]]\n    kind = "day"\n    at = "{day} 00:00"\n    team = "t"\n    channels = ["chat"]\n'
    target = Target()

    def owed() -> list[str]:
        known = read(kafka, topics.notifications, "looks", 20.0).notifications.values()
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
