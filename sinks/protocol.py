"""What a destination, a source of records and a place for refused records promise each other and the loop."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from schemas.dead_letter import FOR_SINK

Data = TypeVar("Data")


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as it lies on a topic. Made for each record of a backlog, so it is what is made soonest.

    `leader_epoch` tells under which leader it was written, `timestamp_ms` when, in epoch milliseconds and by the time
    of the topic (its writer's, unless the broker stamps records); both are -1 when unknown.

    One that stands for a batch which nobody can read has its last offset, and says in `trouble` what is wrong with it;
    `first` is its first offset, and the value its bytes.
    """

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    leader_epoch: int = -1
    timestamp_ms: int = -1
    trouble: str = ""
    first: int = -1


class Entry(msgspec.Struct, Generic[Data], frozen=True, gc=False):
    """A record that a destination could read.

    Args:
        record: Where it came from.
        data: What the destination made of its bytes.
        event_ms: Event time, epoch milliseconds.
    """

    record: Record
    data: Data
    event_ms: int


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How large a batch gets.

    Args:
        records: Never more than so many records.
        wait_s: How long to wait for the first record of a batch.
        linger_s: How long to wait for more once there is one.
    """

    records: int = 5_000
    wait_s: float = 0.5
    linger_s: float = 0.2


class Refusal(StrEnum):
    """Why a record can never be written. Bounded, because it labels a metric; also the dead letter's reason."""

    UNREADABLE = "unreadable"
    UNSTORABLE = "unstorable"
    REJECTED = "rejected"
    UNDELIVERED = "undelivered"


class Trouble(StrEnum):
    """Why a destination cannot take anything for now, or a commit failed. Bounded: it labels a metric."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    FULL = "full"
    FORBIDDEN_ADDRESS = "forbidden_address"
    REFUSED = "refused"
    COMMIT = "commit"


MENDABLE: Final = frozenset({Trouble.REFUSED, Trouble.FORBIDDEN_ADDRESS})
"""Trouble that does not pass by itself: somebody has to mend an address, a password or the target."""


class UnreadableRecord(Exception):
    """`Destination.read` got a record that is not what its topic promises; the message says what is wrong."""


class BadRecord(Exception):
    """Some entries of a batch can never be written. The loop puts them aside and offers the rest again.

    Args:
        refusal: The reason, one for all of them.
        bad: Each such entry of the batch with one sentence for people.
    """

    def __init__(self, refusal: Refusal, bad: Sequence[tuple[Entry[Any], str]]) -> None:
        super().__init__(f"{len(bad)} {refusal}: {bad[0][1] if bad else ''}")
        self.refusal = refusal
        self.bad = tuple(bad)


class Busy(Exception):
    """The target is down or slow. The loop holds all records and offers the batch again later.

    Args:
        trouble: The reason.
        detail: One sentence for people, without secrets.
        retry_after_s: Not before so many seconds, when the target has said so.
    """

    def __init__(self, trouble: Trouble, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = detail
        self.retry_after_s = retry_after_s


def is_for(record: Record, sink: str) -> bool:
    """Whether the record is meant for this sink: for all of them, unless it was sent again for one."""
    return not record.headers or all(value == sink.encode() for name, value in record.headers if name == FOR_SINK)


def was_sent_again(record: Record) -> bool:
    """Whether it is a dead letter of some sink that somebody has sent again."""
    return any(name == FOR_SINK for name, _ in record.headers)


class CommitFailed(Exception):
    """Offsets could not be committed now; they may be offered again."""


class Destination(Protocol[Data]):
    """Where records go. One folder under `sinks/` each; it says *whether* to retry, the loop decides *how*."""

    @property
    def name(self) -> str:
        """The label in metrics and logs, and the end of the consumer group's name."""

    @property
    def limits(self) -> BatchLimits:
        """How large its batches get; one batch has to be written well within the group's poll interval (5 min)."""

    def read(self, record: Record) -> Entry[Data] | None:
        """What the destination makes of a record; None when it has no use for it (a tombstone, say).

        Raises:
            Unreadable: the record is not what its topic promises.
        """

    def write(self, batch: Sequence[Entry[Data]]) -> int:
        """Write the batch, in order, and return only once it is safe; offsets are committed right after.

        The same entries may be offered again, after an error or a crash, whole or in part.

        Args:
            batch: One entry or more, in order within each partition.

        Returns:
            How many of them are at the target now; the others were not meant for it.

        Raises:
            BadRecord: some entries can never be written; nothing is promised about the others.
            Busy: the target cannot take them now; nothing is promised about any.
            Exception: anything else ends the process before the commit.
        """

    def close(self) -> None:
        """Give back connections and files; never raises."""


Revoked = Callable[[frozenset[Partition], bool], None]
"""Told which partitions are being taken away, and whether they may still be committed."""


class Source(Protocol):
    """Where records come from: a member of a consumer group."""

    def listen(self, revoked: Revoked) -> None:
        """Tell `revoked` about every partition that goes away, from inside `fetch`, `hold` or `close`."""

    def fetch(self, limit: int, wait_s: float, linger_s: float) -> list[Record]:
        """At most `limit` records, in order within each partition.

        Waits `wait_s` seconds for the first and then `linger_s` for more; empty when there is none.
        """

    def hold(self, wait_s: float) -> None:
        """Stay a member of the group for at most `wait_s` seconds, without getting records."""

    def resume(self) -> None:
        """End of `hold`: records come again, none is skipped."""

    def commit(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] | None = None) -> None:
        """Commit, for each partition, the offset to go on at, and a note for whoever goes on there.

        Raises:
            CommitFailed: it did not work this time.
        """

    def ends(self) -> Mapping[Partition, int]:
        """Assigned partitions that have been read to their end since they were assigned, and where that was."""

    def note(self, partition: Partition) -> str:
        """What was noted beside the offset that was committed when the partition was assigned; empty when nothing."""

    def is_new(self, partition: Partition) -> bool:
        """Whether the group had committed nothing of the partition when it was assigned."""

    def lag(self) -> Mapping[Partition, int]:
        """For each assigned partition, how many records it has that were not fetched, as far as is known."""

    def close(self) -> None:
        """Leave the group; commits nothing."""


class DeadLetterTarget(Protocol):
    """A place for records that can never be written, so that none is lost silently."""

    def put(self, refused: Iterable[tuple[Record, str]], refusal: Refusal) -> None:
        """Put records aside, each with one sentence for people; returns once they are safe.

        Raises:
            Exception: they are not safe; the process has to end before it commits.
        """
