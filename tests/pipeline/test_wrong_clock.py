"""Workers whose clock is an hour off: it is named, and live records are counted all the same."""

import os
import time
from pathlib import Path

import pytest

from tests.pipeline.conftest import Install
from tests.pipeline.test_stream_trust import burst, told
from tests.waiting import until

pytestmark = pytest.mark.kafka
WRONG = Path(__file__).parent / "wrong_clock"
PATH = os.pathsep.join([str(WRONG), *filter(None, [os.environ.get("PYTHONPATH")])])


def test_a_worker_whose_clock_is_an_hour_off_refuses_no_live_record_and_pages_nobody(install: Install) -> None:
    words = {"-3600": "behind", "3600": "ahead of"}
    began_us = time.time_ns() // 1000
    off = {way: install(PYTHONPATH=PATH, FLOODMARK_TEST_CLOCK_OFF_S=way) for way in words}
    workers = [(made.worker(), words[way]) for way, made in off.items()]

    def named() -> bool:
        for made in off.values():
            burst(made)
        return all("clock_skew: " in worker.said() and word in worker.said() for worker, word in workers)

    until(named, "both clocks are named", 240, every_s=1)
    for made in off.values():
        burst(made)
        made.drain()
        assert made.dead() == [], "no live record is of the future"
        assert told(made) == [], "and what is live does not lag"
    epochs = {found.epoch for found in off["-3600"].recovered("judgements").values()}
    assert epochs
    assert min(epochs) >= began_us, "what its judges say outdoes what was said before, if a store has kept it"
