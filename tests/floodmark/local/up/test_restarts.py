import pytest

from floodmark.local.up.restarts import GiveUp, Restart, RestartPolicy

POLICY = RestartPolicy(first_s=1, longest_s=10, deaths=5, within_s=60)


def test_a_first_death_waits_the_first_delay() -> None:
    assert POLICY.died((), 100.0) == Restart(1.0, (100.0,))


def test_waits_double_with_each_death_that_still_counts() -> None:
    deaths: tuple[float, ...] = ()
    waits = []
    for at in (0.0, 10.0, 20.0, 30.0):
        decision = POLICY.died(deaths, at)
        assert isinstance(decision, Restart)
        deaths = decision.deaths
        waits.append(decision.after_s)
    assert waits == [1, 2, 4, 8]


def test_no_wait_is_longer_than_the_longest() -> None:
    patient = RestartPolicy(first_s=1, longest_s=10, deaths=100, within_s=1000)
    decision = patient.died(tuple(float(t) for t in range(9)), 9.0)
    assert isinstance(decision, Restart)
    assert decision.after_s == 10


def test_the_fifth_death_within_a_minute_is_the_last() -> None:
    assert POLICY.died((0.0, 10.0, 20.0, 30.0), 59.9) == GiveUp(5, 60)


@pytest.mark.parametrize(("at", "counted"), [(59.999, 2), (60.0, 1), (61.0, 1)])
def test_a_death_exactly_that_old_is_forgotten(at: float, counted: int) -> None:
    decision = POLICY.died((0.0,), at)
    assert isinstance(decision, Restart)
    assert len(decision.deaths) == counted


def test_one_that_dies_every_minute_is_started_for_ever() -> None:
    deaths: tuple[float, ...] = ()
    for minute in range(1000):
        decision = POLICY.died(deaths, minute * 60.0)
        assert isinstance(decision, Restart)
        deaths = decision.deaths
    assert len(deaths) == 1
