"""How often cyclic garbage is looked for."""

import gc
import time
from collections.abc import Iterator

import pytest

from runtime.garbage import EVERY_S, MAX_PART, Looks

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
