"""How often cyclic garbage is looked for."""

import gc
import time
import weakref
from collections.abc import Iterator

import pytest

from runtime.garbage import EVERY_S, MAX_PART, BetweenTurns, Looks

SLOW_S = 0.04


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_the_next_look_comes_in_a_second() -> None:
    gc.collect()
    assert Looks().look() == EVERY_S


def test_looks_take_a_hundredth_of_all_time_at_most() -> None:
    def slow(phase: str, _info: dict[str, int]) -> None:
        until = time.monotonic() + (SLOW_S if phase == "start" else 0)
        while time.monotonic() < until:
            pass

    gc.callbacks.append(slow)
    try:
        gc.collect(0)
        assert Looks().look() >= SLOW_S / MAX_PART
    finally:
        gc.callbacks.remove(slow)


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
