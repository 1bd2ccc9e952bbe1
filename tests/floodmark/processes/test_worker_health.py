"""What a worker says of its health, by its clock; and that a real one does not read before it is a member."""

import asyncio
import json
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from floodmark.processes.worker_health import HUSH_S, JOIN_S, STILL_S, Membership, WorkerHealth, slots
from processors.metrics import WorkerMetrics
from runtime.kafka.ends import BrokerEnds
from runtime.kafka.listing import Slot
from tests.pipeline.installation import installed
from tests.waiting import until


@dataclass
class HandedOut:
    handed: dict[int, int] = field(default_factory=dict)
    drained: dict[int, int] = field(default_factory=dict)

    def handed_out(self, partition: int) -> int | None:
        return self.handed.get(partition)

    def drained_at(self, partition: int) -> int:
        return self.drained.get(partition, -1)


@dataclass
class Fetching:
    turned_at: float = 0.0
    handover: HandedOut = field(default_factory=HandedOut)


@dataclass
class Counting:
    """A stage that turns and does what it is told."""

    name: str = "count"
    topic: str = "transactions"
    turned_at: float = 0.0
    ready: int = 7
    fetcher: Fetching = field(default_factory=Fetching)
    stored: dict[int, int] = field(default_factory=dict)
    is_long_at_work: bool = False
    refusal: str = ""

    def denied(self, after_s: float) -> str:
        return self.refusal if after_s == STILL_S else ""

    def is_ready(self, generation: int) -> bool:
        return self.ready == generation


class Told:
    """A broker that tells what it is told to."""

    def __init__(self) -> None:
        self.ends_of: dict[int, int] | None = {0: 0}
        self.newest: int | None = None

    def ends(self, slots: Iterable[Slot]) -> dict[Slot, int]:
        held = self.ends_of or {}
        return {slot: held[slot[1]] for slot in slots if slot[1] in held}

    def newest_ms(self) -> int | None:
        return self.newest


class Ward:
    """A worker of one stage, in generation 7 of its group, a broker that is asked at each turn, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stage = Counting()
        self.group_error = ""
        self.broker = Told()
        self.ends = BrokerEnds(
            self.broker, lambda: slots([self.stage]), clock=lambda: self.now, wall_ms=lambda: int(1000 * self.now)
        )
        self.membership = Membership(lambda: self.now, lambda: self.group_error)
        self.metrics = WorkerMetrics()
        self.ask = WorkerHealth(
            [self.stage], self.membership, lambda: 7, "g", self.ends, lambda: self.now, metrics=self.metrics
        )

    def joined(self) -> "Ward":
        asyncio.run(self.membership.gained(set()))
        return self

    def lost(self) -> None:
        asyncio.run(self.membership.lost(set()))

    def turn(self, now: float) -> tuple[bool, str]:
        """The loops turn at this time, and health is asked for."""
        self.now = self.stage.turned_at = self.stage.fetcher.turned_at = now
        self.ends.ask()
        return self.ask()


def test_a_partition_that_stays_while_one_record_is_long_at_work_is_not_stuck() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of, ward.stage.is_long_at_work = {0: 4}, {0: 9}, True
    for now in range(0, 600, 5):
        assert ward.turn(now)[0]
    ward.stage.is_long_at_work = False
    assert ward.turn(625) == (True, "reading: 4 records to go")
    assert ward.turn(626) == (False, "count: partition 0 stays at 4 of 9 for 31 s")


def test_a_worker_that_may_not_read_any_more_is_unwell_although_nothing_new_is_known_of() -> None:
    ward = Ward().joined()
    assert ward.turn(0) == (True, "reading")
    ward.stage.refusal = "Kafka does not let our login read"
    assert ward.turn(1) == (False, "Kafka does not let our login read")
    assert ward.ask.complaint() == "Kafka does not let our login read"


def test_why_a_worker_is_ended_names_what_may_be_behind_it() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 4}, {0: 9}
    ward.ask = WorkerHealth(
        [ward.stage], ward.membership, lambda: 7, "g", ward.ends, lambda: ward.now, remark=lambda: "not authorized"
    )
    for now, complaint in ((0, None), (31, "count: partition 0 stays at 4 of 9 for 31 s; not authorized")):
        ward.turn(now)
        assert ward.ask.complaint() == complaint


def test_a_worker_that_joins_is_well_and_says_so_but_not_for_ever() -> None:
    ward = Ward()
    assert ward.turn(0) == (True, "joining consumer group g for 0 s")
    assert ward.turn(JOIN_S) == (True, "joining consumer group g for 60 s")
    assert ward.turn(JOIN_S + 1) == (False, "joining consumer group g for 61 s")
    assert ward.joined().turn(JOIN_S + 2) == (True, "reading")


def test_joining_again_is_counted_from_the_first_loss() -> None:
    ward = Ward().joined()
    for now in (100, 130):
        ward.turn(now)
        ward.lost()
    assert ward.turn(150) == (True, "joining consumer group g for 50 s")
    assert not ward.turn(161)[0]


def test_a_member_recovers_its_state_before_it_reads_however_long_that_takes() -> None:
    ward = Ward().joined()
    ward.stage.ready = 6
    assert ward.turn(0) == ward.turn(1000) == (True, "recovering its state from the changelogs")
    ward.stage.ready = 7
    assert ward.turn(1001) == (True, "reading")


def test_a_loop_that_stands_still_is_not_well_whatever_the_group_does() -> None:
    for ward in (Ward(), Ward().joined()):
        ward.turn(0)
        ward.now = STILL_S + 1
        ward.ends.ask()
        assert ward.ask() == (False, "count: has not turned for 31 s")
        ward.stage.turned_at = ward.now
        assert ward.ask() == (False, "count: has not fetched for 31 s")


def test_a_position_that_stays_behind_its_end_is_not_well_until_it_moves() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9, 3: 4}, {0: 10, 3: 50}
    assert ward.turn(0)[0]
    assert ward.turn(STILL_S)[0]
    assert ward.turn(STILL_S + 1) == (False, "count: partition 3 stays at 4 of 50 for 31 s")
    ward.stage.stored[3] = 5
    assert ward.turn(STILL_S + 2) == (True, "reading: 44 records to go")


def test_a_partition_that_is_drained_may_stay_where_it_is_and_has_its_time_when_more_comes() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9}, {0: 10}
    for now in (0, 1000):
        assert ward.turn(now) == (True, "reading: nothing more on the broker")
    ward.broker.ends_of = {0: 11}
    assert ward.turn(1000 + STILL_S)[0]
    assert not ward.turn(1000 + STILL_S + 1)[0]


def test_a_worker_without_partitions_is_well_for_as_long_as_its_loops_turn() -> None:
    ward = Ward().joined()
    for now in (0, STILL_S + 1, 10 * STILL_S):
        assert ward.turn(now) == (True, "reading")


def test_for_how_long_a_stage_stands_still_is_told_by_its_slower_loop() -> None:
    ward = Ward().joined()
    ward.turn(100)
    ward.stage.turned_at = ward.now = 107
    assert ward.metrics.registry.get_sample_value("floodmark_worker_still_seconds", {"stage": "count"}) == 7


def test_time_spent_in_joining_and_recovering_does_not_count_against_a_partition() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 4}, {0: 50}
    assert ward.turn(0)[0]
    ward.lost()
    assert ward.turn(STILL_S - 1)[0]
    ward.joined()
    assert ward.turn(STILL_S + 10) == (True, "reading: 45 records to go")


def test_a_broker_that_is_silent_is_told_and_after_a_while_nobody_is_well_without_it() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9}, {0: 10}
    assert ward.turn(0)[0]
    ward.broker.ends_of = None
    assert ward.turn(HUSH_S) == (True, "reading: nothing more on the broker")
    assert ward.turn(STILL_S) == (True, "the broker has not answered for 30 s")
    assert ward.turn(STILL_S + 1) == (False, "the broker has not answered for 31 s")
    assert ward.ask.complaint() == "the broker has not answered for 31 s"
    ward.broker.ends_of = {0: 10}
    assert ward.turn(STILL_S + 2) == (True, "reading: nothing more on the broker")


def test_a_partition_whose_end_is_not_told_any_more_is_named_but_a_new_start_is_no_remedy() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9, 1: 4}, {0: 10, 1: 5}
    assert ward.turn(0)[0]
    ward.broker.ends_of = {0: 10}
    assert ward.turn(STILL_S)[0]
    assert ward.turn(STILL_S + 1) == (False, "the broker has not told the end of transactions 1 for 31 s")
    assert ward.ask.complaint() is None


def test_what_lies_before_the_end_and_is_no_record_is_not_waited_for() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9}, {0: 12}
    handover = ward.stage.fetcher.handover
    handover.handed, handover.drained = {0: 9}, {0: 12}
    for now in (0, 1000):
        assert ward.turn(now) == (True, "reading: nothing more on the broker")
    handover.handed = {0: 11}
    assert ward.turn(1000 + STILL_S)[0]
    assert ward.turn(1000 + STILL_S + 1) == (False, "count: partition 0 stays at 9 of 12 for 31 s")


def test_a_group_that_refuses_a_worker_is_named_with_its_error_at_once() -> None:
    ward = Ward().joined()
    assert ward.turn(0)[0]
    ward.group_error = "GroupAuthorizationFailedError: g"
    assert ward.turn(1) == (False, "consumer group g refuses this worker: GroupAuthorizationFailedError: g")


def test_a_wrong_clock_is_named_and_a_new_start_is_no_remedy() -> None:
    ward = Ward().joined()
    for now in range(0, 40, 3):  # the broker is an hour ahead and appends a record every second
        ward.broker.newest = 1000 * (3600 + now)
        well, reason = ward.turn(now)
    assert not well
    assert reason.startswith("clock_skew: the clock of this machine is 3600 s behind the broker's")
    assert ward.ask.complaint() is None


def test_the_lag_is_what_the_broker_says_and_goes_with_the_partition() -> None:
    ward = Ward().joined()
    ward.stage.stored, ward.broker.ends_of = {0: 9, 1: -1}, {0: 30, 1: 7}
    ward.turn(0)
    ward.ask.measure()
    sample = partial(ward.metrics.registry.get_sample_value, "floodmark_worker_lag_records")
    assert [sample({"stage": "count", "partition": p}) for p in "01"] == [20, 7]
    del ward.stage.stored[1]
    ward.ask.measure()
    assert [sample({"stage": "count", "partition": p}) for p in "01"] == [20, None]


@pytest.mark.kafka
def test_a_worker_reads_only_once_its_group_knows_it(kafka: str, topic_prefix: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    with installed(kafka, topic_prefix, partitions=1) as made:
        worker = made.worker().ready()
        heard: list[str] = []

        def reads() -> bool:
            with urllib.request.urlopen(f"{worker.metrics}/healthz") as answer:  # raises for anything but 200
                said: dict[str, Any] = json.load(answer)
            heard.append(said["reason"])
            return heard[-1].startswith("reading")

        until(reads, "the worker reads")
        group = made.topics.worker_group
        described = admin.describe_consumer_groups([group], request_timeout=60)[group].result()
        assert [len(member.assignment.topic_partitions) > 0 for member in described.members] == [True]
        assert all(said.startswith(("joining consumer group", "recovering", "reading")) for said in heard), heard
