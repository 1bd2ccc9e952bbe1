"""What holds up the loop of a worker is seen, and the collector of garbage does not."""

import asyncio
import subprocess
import sys
import time

from prometheus_client import REGISTRY

from processors.turns import LOOK_EVERY_S, LoopWatch

GROWS = """
import gc
from processors.garbage import ShortCollections
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


def test_a_loop_that_was_held_up_shows_for_how_long() -> None:
    async def held_up() -> float:
        watch = LoopWatch()
        watch.start()
        await asyncio.sleep(0)
        until = time.monotonic() + 5 * LOOK_EVERY_S
        while time.monotonic() < until:
            pass
        await asyncio.sleep(2 * LOOK_EVERY_S)
        watch.stop()
        return float(REGISTRY.get_sample_value("floodmark_worker_longest_turn_seconds") or 0.0)

    assert asyncio.run(held_up()) >= 3 * LOOK_EVERY_S
