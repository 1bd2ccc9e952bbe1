"""How `floodmark replay` begins: with all rows, with those that are missing of one that was cut off, or not at all."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from confluent_kafka import KafkaException

from floodmark.local.arrived import NOTHING, Arrived, ArrivedUnknown, ReplayMark, arrived, begin_mark
from floodmark.local.replayed import Moved, NotesUnknown, Replayed, ReplayNotes, digests_of, job_of, this_minute
from runtime.kafka.cluster import ClusterOrAddress
from runtime.locks import try_lock
from schemas.topics import Topics

TRIES: Final = 20
"""So often a lock is tried whose file somebody takes away."""


class ReplayRepeats(Exception):
    """Rows would be counted twice, or nobody can tell; the message says what the choices are."""


@dataclass(frozen=True, slots=True)
class KnownReplay:
    """What a replay is known by when it comes a second time.

    Args:
        files: Its files; none: it is not known again.
        kept: What changes its records, by name.
        again: Whether all of it is published whatever was before.
    """

    files: Sequence[Path] = ()
    kept: Mapping[str, str] | None = None
    again: bool = False


class ReplayBeginning:
    """What was before, and what is noted of this replay; blocks. Close it when the replay is over.

    Args:
        cluster: The Kafka cluster.
        topics: The installation's; the topic of transactions is there.
        topic_id: Kafka's id of that; empty where there are no ids.
        known: The replay.

    Raises:
        OSError: A file cannot be read.
        ReplayRepeats: It is at work in another process, or was cut off and nobody knows which of its rows are in.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, topic_id: str, known: KnownReplay) -> None:
        self._cluster, self._topic, self._group = cluster, topics.transactions, topics.helper_group("replayed")
        self._notes = ReplayNotes(cluster, topics)
        self._known = known
        self._digests = digests_of(known.files)
        self._job = job_of(topic_id, self._digests, known.kept or {}) if known.kept is not None else ""
        self._lock_path = Path(tempfile.gettempdir(), f"floodmark-replay-{self._job}")
        self._lock = self._locked()
        self.unknown = ""
        """Why it is not known what was before; empty when it is."""
        self._before = self._read()
        mark = None if known.again else self._before.marks.get(self._job)
        self.mark: ReplayMark | None = mark
        """What its records are known by; None until `begin`, unless it goes on."""
        self.arrived = NOTHING if mark is None else self._arrived(mark)
        """What is in of it already."""
        self.is_noted = False
        """Whether it will go on when the same is asked for once more."""

    def _read(self) -> Replayed:
        try:
            return self._notes.read() if self._known.files else Replayed({})
        except NotesUnknown as error:
            self.unknown = str(error)
            return Replayed({})

    @property
    def goes_on(self) -> str:
        """That it goes on, in a sentence, or that nobody knows whether it should; empty when it begins."""
        if self.unknown:
            return (
                f"Warning: what was published before is not known ({self.unknown}): what is published again counts "
                "twice."
            )
        if self.mark is None:
            return ""
        further = f" ({len(self.arrived.beyond):,} rows behind that are in, too)" if self.arrived.beyond else ""
        return (
            f"This replay was not done: {self.arrived.rows:,} rows are in, it goes on with row "
            f"{self.arrived.rows + 1:,}{further}. --again publishes all rows once more."
        )

    def refuse_repeats(self, moved: Moved | None) -> None:
        """Return unless these rows are counted already.

        Raises:
            ReplayRepeats: They are.
        """
        if self.mark is not None or self._known.again:
            return
        if repeats := self._before.repeats(self._digests, moved):
            raise ReplayRepeats(
                f"{repeats} --again publishes them all the same; a --topic-prefix of their own keeps them apart."
            )

    def begin(self, partitions: int, moved: Moved | None) -> ReplayMark:
        """Note that it begins now, or goes on; what its records are known by, without a tag where that is not known.

        Args:
            partitions: Of the topic.
            moved: Where its rows come to lie, when they are moved.
        """
        if not self._job:
            return ReplayMark("", ())
        if self.mark is None:
            try:
                self.mark = begin_mark(self._cluster, self._topic, partitions, self._group)
            except KafkaException:
                return ReplayMark("", ())
        mark, minute = self.mark, this_minute()
        self.is_noted = self._notes.change(
            lambda now: now.with_files(self._digests, minute, moved).with_mark(self._job, mark)
        )
        return self.mark

    def end(self) -> None:
        """Note that it is done."""
        if self._job:
            self._notes.change(lambda now: now.with_mark(self._job, None))

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            with suppress(OSError):
                self._lock_path.unlink()  # before it is let go: see `_locked`
            self._lock.close()
            self._lock = None

    def _arrived(self, mark: ReplayMark) -> Arrived:
        try:
            return arrived(self._cluster, self._topic, mark, self._group)
        except ArrivedUnknown as error:
            self.close()
            raise ReplayRepeats(
                f"this replay was begun before and not done, and {error}. --again publishes all rows on top of those "
                "that are in."
            ) from error

    def _locked(self) -> IO[str] | None:
        """The lock of its job on this machine; None where there is no place for one."""
        if not self._job:
            return None
        lock: IO[str] | None = None
        for _ in range(TRIES):
            try:
                lock = try_lock(self._lock_path)
                if lock is None or self._lock_path.stat().st_ino == os.fstat(lock.fileno()).st_ino:
                    break
                lock.close()  # who had it has taken its file away meanwhile
            except FileNotFoundError:
                continue
            except OSError:
                return None
        if lock is None:
            raise ReplayRepeats("another process replays these files into this topic now. Wait until it is done.")
        return lock
