"""One run: the whole pipeline, a replay, a fault each round, a drain, a recount."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.store.locate import endpoint
from processors.domain.window import start_ms
from processors.rules import THRESHOLDS, load
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.chaos import kills, recount
from tests.chaos.cast import Actor, Cast
from tests.chaos.flow import Flow
from tests.chaos.plan import DECK, Fault, Round, lasts_s, rounds
from tests.chaos.recount import Incident
from tests.pipeline import files, offline, wire
from tests.services import SOON_BACK
from tests.waiting import until

PARTITIONS = 6
WORKERS = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to run.

    Args:
        seed: Draws the faults.
        rounds: How many.
        rows: What is replayed, exploded to single transactions.
        session_s: The workers' session time-out.
        drain_s: How long the pipeline may take to come to rest at the end.
        faults: Which faults come.
        say: Receives what happens, in lines.
    """

    seed: int
    rounds: int
    rows: Sequence[files.Row]
    session_s: float = 10.0
    drain_s: float = 240.0
    faults: Sequence[Fault] = DECK
    say: Callable[[str], None] = print


class Run:
    """A scenario at work in a folder."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.folder = folder
        self.topics = Topics("chaos.")
        self.alerts = folder / "alerts.jsonl"
        self._began = time.monotonic()
        self._hired = 0

    def differences(self) -> list[str]:
        """Run it; how what came out differs from the file. Empty: nothing."""
        plan = list(rounds(self.scenario.seed, self.scenario.rounds, self.scenario.faults))
        broker = LocalKafka(self.folder / "up", self._say, more=SOON_BACK)
        broker.start()
        ensure_topics(broker.address, self.topics.specs(PARTITIONS), replication=1)
        with Cast(broker, self._say) as cast:
            self._enter(cast)
            seconds = sum(r.calm_s + lasts_s(r.fault, self.scenario.session_s) for r in plan)
            flow = Flow(
                broker.address, self.topics.transactions, self.scenario.rows, partitions=PARTITIONS, seconds=seconds
            )
            self._say(f"{flow.total} records over {seconds:.0f} s")
            flow.start()
            try:
                for turn in plan:
                    time.sleep(turn.calm_s)
                    self._say(f"round {turn.number}: {self._strike(cast, turn)} ({flow.sent} sent)")
            finally:
                flow.finish(self.scenario.drain_s)
            self._drain(cast)
            found = self._recount(broker.address)
            self._say(f"exits: { {actor.name: actor.exits for actor in cast.actors if actor.exits} }")
            return found

    def _enter(self, cast: Cast) -> None:
        self._hire(cast, "store", "store", "--data-dir", str(self.folder / "up"))
        self._hire(cast, "sink clickhouse", "sink", "clickhouse", "--data-dir", str(self.folder / "up"))
        self._hire(cast, "sink jsonl", "sink", "jsonl", "--alerts", str(self.alerts))
        for _ in range(WORKERS):
            self._add_worker(cast)

    def _add_worker(self, cast: Cast) -> Actor:
        self._hired += 1
        return self._hire(cast, f"worker {self._hired}", "worker")

    def _hire(self, cast: Cast, name: str, *arguments: str) -> Actor:
        told = {
            "FLOODMARK_BROKER": cast.broker.address,
            "FLOODMARK_TOPIC_PREFIX": self.topics.prefix,
            # Rules that speak often: the more incidents, the more can go missing.
            "FLOODMARK_RULES": str(THRESHOLDS),
            "FLOODMARK_SESSION_TIMEOUT_S": str(self.scenario.session_s),
            "FLOODMARK_CHECKPOINT_S": str(kills.CHECKPOINT_S),
            # Who owns what is read from the logs.
            "FLOODMARK_LOG_LEVEL": "info",
        }
        log = self.folder / f"{name.replace(' ', '-')}.log"
        return cast.add(Actor(name, arguments, {**os.environ, **told}, log))

    def _strike(self, cast: Cast, turn: Round) -> str:
        """Let the fault happen; what happened to whom."""
        if turn.fault == "kill broker":
            cast.kill_broker()
            return "kill -9 of the broker"
        if turn.fault == "add worker":
            return f"{self._add_worker(cast).name} added"
        if turn.fault == "kill after checkpoint":
            return kills.after_checkpoint(cast, self.topics, turn.luck)
        if turn.fault == "kill before checkpoint":
            return kills.before_checkpoint(cast, self.topics, turn.luck)
        meets = cast.named({"kill store": "store", "kill sink": "sink"}.get(turn.fault, "worker"))
        actor = meets[int(turn.luck * len(meets))]
        if turn.fault == "kill in recovery":
            return kills.in_recovery(cast, actor, turn.luck, self.scenario.session_s)
        if turn.fault == "kill twice":
            return kills.twice(actor, turn.luck)
        if turn.fault == "remove worker":
            return f"{actor.name} removed, exit code {actor.dismiss()}"
        if turn.fault.startswith("freeze"):
            seconds = lasts_s(turn.fault, self.scenario.session_s)
            there = actor.send(signal.SIGSTOP)
            time.sleep(seconds)
            actor.send(signal.SIGCONT)
            return f"{actor.name} frozen for {seconds:.0f} s{'' if there else ' (it was down)'}"
        return f"kill -9 of {actor.name}{'' if actor.send(signal.SIGKILL) else ' (it was down)'}"

    def _drain(self, cast: Cast) -> None:
        """Wait until all is counted, judged and written."""
        address, topics = cast.broker.address, self.topics
        written = [topics.minutes, topics.alerts, topics.late]
        for what, group, of in (
            ("counted", topics.worker_group, [topics.transactions]),
            ("judged", topics.worker_group, [topics.partials]),
            ("in ClickHouse", topics.sink_group("clickhouse"), written),
            ("in the file", topics.sink_group("jsonl"), [topics.alerts]),
        ):
            goals = wire.ends(address, of)
            with wire.Committed(address, group) as committed:
                until(partial(committed.reached, goals), f"all is {what}", self.scenario.drain_s)
            self._say(f"all is {what}")
        until(lambda: endpoint(self.folder / "up"), "the store answers")

    def _recount(self, address: str) -> list[str]:
        due = self._incidents()
        with recount.Store(self.folder / "up") as store:
            found = recount.differences_in_minutes(store.minutes(), self.scenario.rows)
            found += recount.differences_in_incidents("ClickHouse", store.incidents(), due)
            if repeats := store.repeats():
                found.append(f"the views show {repeats} rows more than once")
        found += recount.differences_in_incidents("the file", recount.in_file(self.alerts), due)
        for topic in (self.topics.dead_letters, self.topics.late):
            found += [f"{topic}: {m.headers} {m.value!r:.200}" for m in wire.read(address, topic)]
        self._say(f"{len(due)} incidents are due")
        return found

    def _incidents(self) -> dict[str, Incident]:
        said = {s.stated.incident.id: s.stated for s in offline.judge(load(THRESHOLDS), self.scenario.rows).statements}
        return {
            id_: (
                s.state,
                s.incident.severity,
                start_ms(s.incident.since),
                start_ms(s.incident.last_seen),
                s.incident.rules,
            )
            for id_, s in said.items()
        }

    def _say(self, line: str) -> None:
        self.scenario.say(f"{time.monotonic() - self._began:7.1f} s  {line}")
