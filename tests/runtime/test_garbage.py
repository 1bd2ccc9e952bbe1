"""How often cyclic garbage is looked for."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from runtime.garbage import EVERY_S, MAX_PART, BetweenTurns, Looks


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.parametrize(
    ("took_s", "next_s"), [(0.0, EVERY_S), (EVERY_S * MAX_PART / 2, EVERY_S), (0.04, 0.04 / MAX_PART)]
)
def test_the_next_look_comes_in_a_second_or_when_looks_have_taken_a_hundredth_of_all_time(
    took_s: float, next_s: float
) -> None:
    clock = iter([0.0, took_s])
    gc.freeze()
    assert Looks(lambda: next(clock)).look() == next_s


class Ring:
    """In a cycle with itself."""

    def __init__(self) -> None:
        self.me = self


def test_between_turns_a_cycle_is_found_when_it_is_time_and_not_before() -> None:
    now = [0.0]
    with BetweenTurns(lambda: now[0]) as garbage:
        assert not gc.isenabled()
        gone = weakref.ref(Ring())
        now[0] = EVERY_S / 2
        garbage.turned()
        assert gone() is not None
        now[0] = EVERY_S
        garbage.turned()
        assert gone() is None
    assert gc.isenabled()


def test_pythons_own_collector_is_back_after_an_error() -> None:
    with pytest.raises(KeyError), BetweenTurns():
        raise KeyError
    assert gc.isenabled()
