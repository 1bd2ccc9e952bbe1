"""What holds up the loop of a worker is seen, and the collector of garbage does not."""

import asyncio
import subprocess
import sys
import time

from processors.faustapp.turns import LoopTurns, watched_loop
from processors.metrics import WorkerMetrics

LOOKS = """
import asyncio, gc
from runtime.garbage import ALL_EVERY, MANY, Looks
looks, loop = Looks(), asyncio.new_event_loop()
looks.begin(loop)
before = gc.get_freeze_count()
class Cycle:
    alive = 0
    def __init__(self):
        Cycle.alive += 1
        self.me = self
    def __del__(self):
        Cycle.alive -= 1
def cycles():
    for _ in range(1_000):
        Cycle()
cycles()
unseen = Cycle.alive
looks.look()
seen = Cycle.alive
state = [[number] for number in range(2 * MANY)]
looks.look()
apart = gc.get_freeze_count() - before
cycles()
for _ in range(ALL_EVERY):
    looks.look()
print(unseen, seen, apart >= 2 * MANY, Cycle.alive)
"""


def test_garbage_is_found_by_a_look_and_state_that_grows_is_set_apart_unseen() -> None:
    done = subprocess.run([sys.executable, "-c", LOOKS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1000", "0", "True", "0"]


def test_a_loop_looks_for_garbage_while_it_runs() -> None:
    waits = """
async def until_found():
    while Cycle.alive:
        await asyncio.sleep(0.02)
loop.run_until_complete(asyncio.wait_for(until_found(), 120))
seen"""
    code = LOOKS.replace("looks.look()\nseen", waits, 1)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "0"


def test_a_turn_is_as_long_as_what_is_done_between_two_waits() -> None:
    clock = iter([0.0, 0.25, 1.0, 1.125, 9.0])
    turns = LoopTurns(lambda: next(clock))
    turns.end()
    for _ in range(2):
        turns.begin()
        turns.end()
    assert turns.longest() == 0.25


def test_a_turn_is_forgotten_after_a_minute() -> None:
    clock = iter([0.0, 0.5, 55.0, 59.0, 60.0, 60.25, 75.0])
    turns = LoopTurns(lambda: next(clock))
    turns.begin()
    turns.end()
    assert [turns.longest(), turns.longest()] == [0.5, 0.5]
    turns.begin()
    turns.end()
    assert turns.longest() == 0.25


def test_a_loop_that_was_held_up_shows_for_how_long() -> None:
    metrics = WorkerMetrics()

    async def held_up() -> float:
        await asyncio.sleep(0)
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass
        await asyncio.sleep(0)
        return float(metrics.registry.get_sample_value("floodmark_worker_longest_turn_seconds") or 0.0)

    loop = watched_loop(metrics)
    try:
        assert loop.run_until_complete(held_up()) >= 0.5
    finally:
        loop.close()
