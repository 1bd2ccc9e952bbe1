"""A process that starts before its broker waits for it, says so, and does not wait for ever."""

import pytest

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError, BrokerRefused
from runtime.kafka.waiting import SAY_EVERY_S, once_it_answers


class Absent:
    """A broker that is away until some moment of its clock, and whose topics may be refused."""

    def __init__(self, back_at: float, refuses_until: float = 0.0, refuses: str = "") -> None:
        self.now = 0.0
        self.back_at, self.refuses_until, self.refuses = back_at, refuses_until, refuses
        self.said: list[str] = []

    def is_there(self, _cluster: ClusterOrAddress, within_s: float) -> bool:
        if self.now < self.back_at:
            self.now += within_s
        return self.now >= self.back_at

    def begin(self) -> str:
        if self.refuses:
            raise BrokerError(self.refuses)
        if self.now < self.refuses_until:
            self.back_at = self.refuses_until
            raise BrokerError("it went away")
        return "begun"

    def wait(self, within_s: float) -> str:
        return once_it_answers("there:9092", self.begin, within_s, self.said.append, self.is_there, lambda: self.now)


def test_a_broker_that_is_there_is_not_waited_for() -> None:
    broker = Absent(0)
    assert (broker.wait(0), broker.said) == ("begun", [])


def test_one_that_comes_is_waited_for_and_that_is_said_every_few_seconds() -> None:
    broker = Absent(12)
    assert broker.wait(600) == "begun"
    assert broker.said == [
        "waiting for Kafka at there:9092: it does not answer yet; giving up in 595 s",
        "waiting for Kafka at there:9092: it does not answer yet; giving up in 590 s",
    ]
    assert broker.now == 3 * SAY_EVERY_S


def test_one_that_does_not_come_is_given_up_with_its_address() -> None:
    broker = Absent(1e9)
    with pytest.raises(BrokerError, match="No Kafka answers at there:9092, for 20 s"):
        broker.wait(20)
    assert broker.now == 20


def test_one_that_goes_away_again_before_anything_was_done_is_waited_for_once_more() -> None:
    assert Absent(3, refuses_until=30).wait(60) == "begun"


def test_one_that_answers_and_refuses_means_it() -> None:
    broker = Absent(0, refuses="Topic x could not be created")
    with pytest.raises(BrokerError, match="could not be created"):
        broker.wait(600)
    assert broker.said == []


class Guarded(Absent):
    """A broker that does not let us in until some moment."""

    def __init__(self, lets_in_at: float) -> None:
        super().__init__(0)
        self.lets_in_at = lets_in_at

    def is_there(self, cluster: ClusterOrAddress, within_s: float) -> bool:
        if self.now < self.lets_in_at:
            self.now += within_s
            raise BrokerRefused("wrong password")
        return super().is_there(cluster, within_s)


def test_one_that_does_not_let_us_in_is_given_up_within_half_a_minute_whatever_the_patience() -> None:
    broker = Guarded(1e9)
    with pytest.raises(BrokerRefused, match="wrong password"):
        broker.wait(600)
    assert broker.now == 3 * SAY_EVERY_S
    assert broker.said == [
        "waiting for Kafka at there:9092: wrong password; giving up in 595 s",
        "waiting for Kafka at there:9092: wrong password; giving up in 590 s",
    ]


def test_that_it_did_not_let_us_in_is_said_also_when_patience_ends_before() -> None:
    with pytest.raises(BrokerRefused, match="wrong password"):
        Guarded(1e9).wait(1)


def test_one_that_does_not_let_us_in_while_it_starts_is_waited_for() -> None:
    assert Guarded(8).wait(600) == "begun"
