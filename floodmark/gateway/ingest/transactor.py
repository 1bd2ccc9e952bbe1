"""Publishes posts with keys in Kafka transactions: what waits goes together, in a thread of its own."""

import asyncio
import queue
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from floodmark.gateway.ingest.claims import Claims
from floodmark.gateway.ingest.delivery import HTTP_SETTINGS, MAX_WAITING, PartitionTurns, Unavailable, produce
from floodmark.gateway.ingest.once import InProgress, KeyedPost
from producers.publisher import SETTINGS
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.minding import thread

log = structlog.get_logger(__name__)

TOGETHER: Final = 20_000
"""How many records go into one transaction, if its first post does not hold more."""
OPEN_MS: Final = 10_000
"""How long a transaction may be open before the broker aborts it: meanwhile readers wait behind it."""
IDLE_S: Final = 0.2


@dataclass(slots=True, eq=False)
class _Job:
    """A post that waits, and for whom."""

    post: KeyedPost
    loop: asyncio.AbstractEventLoop
    waiter: "asyncio.Future[bool]"
    offset: int = -1
    errors: list[KafkaError] = field(default_factory=list)

    def claimed(self, error: KafkaError | None, message: Message) -> None:
        """A delivery report of the claim."""
        self.offset = message.offset() or 0
        self.reported(error, message)

    def reported(self, error: KafkaError | None, _message: Message) -> None:
        """A delivery report."""
        if error is not None:
            self.errors.append(error)

    def end(self, is_ours: bool | Exception) -> None:  # noqa: FBT001 - it is what the waiter is told
        """Tell whoever waits."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._tell, is_ours)

    def _tell(self, is_ours: bool | Exception) -> None:  # noqa: FBT001
        if self.waiter.done():
            return
        if isinstance(is_ours, Exception):
            self.waiter.set_exception(is_ours)
        else:
            self.waiter.set_result(is_ours)


class Transactor:
    """Commits posts; see `Commits`.

    Args:
        cluster: The Kafka cluster.
        topics: The topic of transactions, and that of posts.
        partitions: How many partitions the first one has; the second has one.
        claims: What is known of the topic of posts; somebody else reads it.
        name: Of this gateway; another one that takes it ends our transactions.
        within_s: How long the broker may take, in seconds.
        extra: librdkafka settings that come on top.
        ready: Set once all keys are known that were taken before; until then nothing is committed.
    """

    def __init__(  # noqa: PLR0913
        self,
        cluster: ClusterOrAddress,
        topics: tuple[str, str],
        partitions: int,
        claims: Claims,
        name: str,
        within_s: float,
        extra: Mapping[str, Any] | None = None,
        *,
        ready: threading.Event,
    ) -> None:
        self._known = ready
        self._cluster, self._claims, self._name, self._within_s = cluster, claims, name, within_s
        self._transactions, self._posts = topics
        self._turns = PartitionTurns(partitions)
        self._extra = extra or {}
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._producer: Producer | None = None
        self._ended = threading.Event()
        self._thread = thread(self._run, "posts")
        self._thread.start()

    def commit(self, post: KeyedPost) -> "asyncio.Future[bool]":
        """See `Commits`."""
        loop = asyncio.get_running_loop()
        job = _Job(post, loop, loop.create_future())
        self._jobs.put(job)
        return job.waiter

    def close(self) -> None:
        """Finish what is under way, then stop."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        self._try(())
        while not self._ended.is_set():
            if jobs := self._waiting():
                self._try(jobs)

    def _waiting(self) -> list[_Job]:
        """What waits, as much as goes together."""
        jobs: list[_Job] = []
        records, wait_s = 0, IDLE_S
        try:
            while records < TOGETHER:
                jobs.append(self._jobs.get(timeout=wait_s) if wait_s else self._jobs.get_nowait())
                wait_s = 0.0
                records += len(jobs[-1].post.values)
        except queue.Empty:
            pass
        return jobs

    def _try(self, jobs: Sequence[_Job]) -> None:
        try:
            producer = self._ready()
            while jobs:
                jobs = self._commit(producer, jobs)
        except KafkaException as error:
            self._give_up(error.args[0])
            why = _why(error.args[0], self._name)
            for job in jobs:
                job.end(Unavailable(f"the broker has not confirmed it ({why})"))

    def _ready(self) -> Producer:
        """The producer, with no transaction open; what an earlier one of this name left open is aborted."""
        if self._producer is None:
            settings = {
                **SETTINGS,
                **HTTP_SETTINGS,
                "queue.buffering.max.messages": 2 * MAX_WAITING,
                "transactional.id": self._name,
                "transaction.timeout.ms": OPEN_MS,
                "message.timeout.ms": min(int(self._within_s * 1000), OPEN_MS),
                **self._extra,
            }
            producer: Producer = client.producer(self._cluster, settings)
            producer.init_transactions(self._within_s)
            self._producer = producer
        return self._producer

    def _commit(self, producer: Producer, jobs: Sequence[_Job]) -> Sequence[_Job]:
        """Commit these posts, except those whose keys others have; what has to be tried again without them."""
        if not self._known.wait(self._within_s):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        producer.begin_transaction()
        for job in jobs:
            producer.produce(self._posts, job.post.claim, job.post.key, partition=0, on_delivery=job.claimed)
            shares = self._turns.shares(job.post.values)
            job.errors += produce(producer, self._transactions, shares, job.reported)
        producer.flush(self._within_s)
        if (error := next((error for job in jobs for error in job.errors), None)) is not None or len(producer):
            raise KafkaException(error or KafkaError(KafkaError._TIMED_OUT))
        last = max(job.offset for job in jobs)
        if not self._claims.wait_seen(last, self._within_s):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        beaten = [job for job in jobs if self._is_beaten(job)]
        if beaten:
            producer.abort_transaction(self._within_s)
        else:
            self._finish(producer)
        for job in jobs:
            self._claims.ours(job.offset, job.post.key, counts=not beaten)
            if not beaten:
                job.end(is_ours=True)
        for job in beaten:
            job.end(InProgress() if self._claims.taken(job.post.key) is None else False)
        return [job for job in jobs if job not in beaten] if beaten else ()

    def _is_beaten(self, job: _Job) -> bool:
        """Whether the key is somebody else's, or may yet be."""
        return self._claims.taken(job.post.key) is not None or self._claims.rival(job.post.key, job.offset)

    def _finish(self, producer: Producer) -> None:
        """Commit; asks again as long as it is not known whether that has been done."""
        deadline = time.monotonic() + self._within_s
        while True:
            try:
                producer.commit_transaction(max(0.1, deadline - time.monotonic()))
                return
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() >= deadline:
                    raise

    def _give_up(self, error: KafkaError) -> None:
        """Begin anew with the next post: the broker ends what is open when the same name comes again."""
        log.warning("posts_not_committed", error=error.str())
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
        if error.code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH):
            # Another gateway has our name: one of the two needs another.
            self._name = f"{self._name.partition('/')[0]}/{uuid.uuid4().hex[:8]}"


def _why(error: KafkaError, name: str) -> str:
    """What went wrong, with the remedy where there is one."""
    if error.code() != KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return str(error.str())
    lacks = f"Write on transactional id {name.partition('/')[0]}"
    return f"this gateway's login lacks the right {lacks}; `floodmark topics list --rights` lists what it needs"
