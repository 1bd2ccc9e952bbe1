"""Our clock against the broker's: times in seconds of a clock that is right; ours is off by some."""

import pytest

from runtime.kafka.clock import MAX_AHEAD_S, PATIENCE_S, BrokerClock, BrokerTime


def compared(off_s: float, *answers: tuple[float, float]) -> BrokerClock:
    """After these (asked and answered at, newest record appended at)."""
    clock = BrokerClock()
    for at_s, appended_s in answers:
        clock.take_answer(int(1000 * appended_s), at_s, at_s, int(1000 * (at_s + off_s)))
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
    clock.take_answer(135_500, 136.0, 136.0, 136_000)
    assert (clock.ahead_s, clock.remark()) == (0.0, "")


def test_the_limit_itself_is_no_fault() -> None:
    assert BrokerClock(ahead_s=MAX_AHEAD_S).remark() == BrokerClock(ahead_s=-MAX_AHEAD_S).remark() == ""
    assert BrokerClock(ahead_s=MAX_AHEAD_S + 1).remark() != ""


# --- the broker's time taken for the present ---------------------------------


def corrected(off_s: float, *answers: tuple[float, float]) -> float:
    """The seconds by which the present lies ahead of the right time after these answers."""
    clock, at_s = compared(off_s, *answers), answers[-1][0]
    return BrokerTime(clock, lambda: at_s, lambda: int(1000 * (at_s + off_s))).now_ms() / 1000 - at_s


@pytest.mark.parametrize("off_s", [3600.0, -3600.0, 86_400.0, -200.0])
def test_a_clock_that_is_wrong_is_corrected_within_the_time_between_two_questions(off_s: float) -> None:
    assert corrected(off_s, *EVERY_SECOND) == pytest.approx(0.0, abs=12.0)


@pytest.mark.parametrize("off_s", [0.0, 5.0, -5.0, MAX_AHEAD_S, -MAX_AHEAD_S])
def test_clocks_that_nearly_agree_are_left_alone(off_s: float) -> None:
    assert corrected(off_s, *EVERY_SECOND) == off_s


def test_the_correction_moves_only_when_it_must_be_another_one() -> None:
    clock = compared(3600, (100.0, 99.5), (112.0, 111.5))
    assert clock.correction_ms == 3_588_500
    clock.take_answer(int(1000 * 112.5), 124.0, 124.0, int(1000 * 3724.0))
    assert clock.correction_ms == 3_599_500, "that record was appended after we had asked for the second time"
    for appended_s, asked_s in ((135.9, 136.0), (147.0, 148.0), (149.0, 160.0)):
        clock.take_answer(int(1000 * appended_s), asked_s, asked_s, int(1000 * (asked_s + 3600)))
        assert clock.correction_ms == 3_599_500


def test_a_clock_that_has_been_set_is_believed_again() -> None:
    clock = compared(3600, *EVERY_SECOND)
    clock.take_answer(135_500, 136.0, 136.0, 136_000)
    assert clock.correction_ms == 0


def test_a_worker_that_has_just_started_is_not_sure_of_the_time_before_it_is_known_or_a_while_has_passed() -> None:
    now, skew = [100.0], BrokerClock()
    present = BrokerTime(skew, lambda: now[0], lambda: int(1000 * now[0]))
    assert not present.is_sure()
    now[0] = 100.0 + PATIENCE_S
    assert present.is_sure(), "this broker does not tell its time"
    now[0] = 101.0
    skew.take_answer(99_000, 100.0, 100.0, 100_000)
    skew.take_answer(100_500, 101.0, 101.0, 101_000)
    assert present.is_sure()


def test_a_clock_that_was_set_by_an_hour_is_not_sure_until_it_is_compared_again() -> None:
    off, now = [0.0], 124.0
    skew = compared(0.0, *EVERY_SECOND)
    present = BrokerTime(skew, lambda: now, lambda: int(1000 * (now + off[0])))
    assert present.is_sure()
    off[0] = -3600.0
    assert not present.is_sure()
    skew.take_answer(130_000, 131.0, 131.0, int(1000 * (131.0 + off[0])))
    assert present.is_sure()
