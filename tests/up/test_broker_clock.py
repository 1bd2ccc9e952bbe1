"""Our clock against the broker's: times in seconds of a clock that is right; ours is off by some."""

import pytest

from runtime.kafka.clock import LIMIT_S, BrokerClock


def compared(off_s: float, *answers: tuple[float, float]) -> BrokerClock:
    """After these (asked and answered at, newest record appended at)."""
    clock = BrokerClock()
    for at_s, appended_s in answers:
        clock.heard(int(1000 * appended_s), at_s, at_s, int(1000 * (at_s + off_s)))
    return clock


EVERY_SECOND = ((100.0, 99.5), (112.0, 111.5), (124.0, 123.5))


@pytest.mark.parametrize("off_s", [0.0, 10.0, -10.0])
def test_clocks_that_agree_within_the_time_between_two_questions_are_not_blamed(off_s: float) -> None:
    clock = compared(off_s, *EVERY_SECOND)
    assert clock.remark() == ""
    assert clock.ahead_s == pytest.approx(0.0, abs=10.0)


def test_a_clock_an_hour_slow_is_named_with_how_much_at_least() -> None:
    clock = compared(-3600, *EVERY_SECOND)
    assert clock.ahead_s == -3599.5
    assert clock.remark().startswith("clock_skew: the clock of this machine is 3600 s behind the broker's; set it")


def test_a_clock_an_hour_fast_is_named_with_how_much_at_least() -> None:
    clock = compared(3600, *EVERY_SECOND)
    assert clock.ahead_s == pytest.approx(3600 - 11.5)
    assert "3588 s ahead of the broker's" in clock.remark()


def test_old_records_and_silence_say_nothing() -> None:
    assert compared(0, (100.0, 5.0)).ahead_s is None
    assert compared(3600, (100.0, 5.0), (112.0, 5.0), (5000.0, 5.0)).ahead_s is None


def test_records_from_the_future_that_lie_there_already_say_nothing() -> None:
    assert compared(0, (100.0, 9000.0), (112.0, 9000.0)).ahead_s is None


def test_an_empty_topic_says_nothing_and_its_first_record_does_not_either() -> None:
    assert compared(-3600, (100.0, -1), (112.0, 111.0)).ahead_s is None


def test_a_clock_that_has_been_set_is_well_with_the_next_answer() -> None:
    clock = compared(-3600, *EVERY_SECOND)
    clock.heard(135_500, 136.0, 136.0, 136_000)
    assert (clock.ahead_s, clock.remark()) == (0.0, "")


def test_the_limit_itself_is_no_fault() -> None:
    assert BrokerClock(ahead_s=LIMIT_S).remark() == BrokerClock(ahead_s=-LIMIT_S).remark() == ""
    assert BrokerClock(ahead_s=LIMIT_S + 1).remark() != ""
