"""A thread that asks the broker, about once a second, how far everybody is."""

import threading
import time
from collections import deque
from typing import Final

from floodmark.local.stream_time import Front
from floodmark.local.up.flow import Flow, Sample, flow
from floodmark.local.up.left_out import LeftOut
from runtime.kafka.listing import Slot
from runtime.kafka.offsets import Offsets, OffsetsError, lag
from runtime.minding import lasting
from schemas.topics import Topics

LEAVE_S: Final = 1.0
EVERY_S: Final = 1.0


class Sampler:
    """Samples offsets until it is closed; a broker that does not answer is asked again later.

    Args:
        offsets: Where to ask.
        topics: What to ask about.
        front: Looks how far the stream is; closed with the sampler.
        left_out: Reads what was put aside; closed with the sampler.
    """

    def __init__(self, offsets: Offsets, topics: Topics, front: Front, left_out: LeftOut) -> None:
        self._offsets = offsets
        self._front = front
        self._left_out = left_out
        self._ends: dict[Slot, int] = {}
        self._waiting = ""
        self._topics = topics
        self._samples: deque[Sample] = deque(maxlen=30)
        self._closing = threading.Event()
        self._thread = lasting(self._run, "sampler")
        self._thread.start()

    def flow(self) -> Flow:
        """What the latest samples say."""
        return flow(tuple(self._samples))

    def close(self) -> None:
        """Stop asking."""
        self._closing.set()
        # A question to a broker that is gone takes its time; nobody waits for the answer any more.
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        while not self._closing.wait(EVERY_S):
            try:
                self._samples.append(self._sample())
            except OffsetsError:
                continue
        self._front.close()
        self._left_out.close()

    def _sample(self) -> Sample:
        topics = self._topics
        published = self._offsets.ends([topics.transactions])
        partials = self._offsets.ends([topics.partials])
        results = self._offsets.ends([topics.minutes, topics.alerts])
        worked = self._offsets.committed(topics.worker_group, [*published, *partials])
        aside = self._offsets.ends([topics.dead_letters, topics.late])
        left_out = self._left_out.upto(aside)
        written = self._offsets.committed(topics.sink_group("clickhouse"), results)
        return Sample(
            at=time.monotonic(),
            published=published,
            counted={slot: worked[slot] for slot in published},
            judging=lag(partials, worked),
            minutes={slot: end for slot, end in results.items() if slot[0] == topics.minutes},
            unwritten=lag(results, written),
            dead_letters=sum(end for slot, end in aside.items() if slot[0] == topics.dead_letters),
            late=left_out[topics.late],
            left_out=sum(left_out.values()),
            waiting=self._waiting_for(published),
        )

    def _waiting_for(self, published: dict[Slot, int]) -> str:
        """What the last minute waits for, looked up only when something came."""
        if published != self._ends:
            self._waiting = self._front.look(len(published)).waiting
            self._ends = published
        return self._waiting
