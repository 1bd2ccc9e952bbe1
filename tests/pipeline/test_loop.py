"""What holds up the loop of a worker is seen, and the collector of garbage does not."""

import asyncio
import subprocess
import sys
import time

from prometheus_client import REGISTRY

from processors.faustapp.turns import Turns, watched_loop

GROWS = """
import gc
from runtime.garbage import ShortCollections
ShortCollections().install()
before = gc.get_freeze_count()
state = [[number] for number in range(2_000_000)]
class Cycle:
    alive = 0
    def __init__(self):
        Cycle.alive += 1
        self.me = self
    def __del__(self):
        Cycle.alive -= 1
for _ in range(1_000):
    Cycle()
gc.collect()
print(gc.get_freeze_count() - before > 1_000_000, Cycle.alive)
"""


def test_state_that_grows_is_set_apart_and_garbage_that_comes_later_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", GROWS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0"]


def test_a_turn_is_as_long_as_what_is_done_between_two_waits() -> None:
    clock = iter([0.0, 0.25, 1.0, 1.125, 9.0])
    turns = Turns(lambda: next(clock))
    turns.end()
    for _ in range(2):
        turns.begin()
        turns.end()
    assert turns.longest() == 0.25


def test_a_turn_is_forgotten_after_a_minute() -> None:
    clock = iter([0.0, 0.5, 55.0, 59.0, 60.0, 60.25, 75.0])
    turns = Turns(lambda: next(clock))
    turns.begin()
    turns.end()
    assert [turns.longest(), turns.longest()] == [0.5, 0.5]
    turns.begin()
    turns.end()
    assert turns.longest() == 0.25


def test_a_loop_that_was_held_up_shows_for_how_long() -> None:
    async def held_up() -> float:
        await asyncio.sleep(0)
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass
        await asyncio.sleep(0)
        return float(REGISTRY.get_sample_value("floodmark_worker_longest_turn_seconds") or 0.0)

    loop = watched_loop()
    try:
        assert loop.run_until_complete(held_up()) >= 0.5
    finally:
        loop.close()
