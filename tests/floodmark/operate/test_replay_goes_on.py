"""A replay that is cut off or interrupted goes on with exactly the rows that are missing."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from floodmark.local.processes.children import Child
from floodmark.local.replayed import ReplayNotes
from runtime.exits import Exit
from runtime.kafka.offsets import Offsets, OffsetsError
from schemas.topics import Topics
from tests import warm
from tests.pipeline import wire
from tests.pipeline.raw_batches import publish_raw, zstd_batch
from tests.waiting import until
from tests.warm import WarmChild

pytestmark = pytest.mark.kafka

MINUTES, EACH, PARTITIONS = 600, 100, 3
"""Of rows that are published as single transactions."""
SLOWLY = "60"
"""At this speed they take ten minutes."""


@dataclass
class Place:
    """A file, the topic that it is replayed into, and what was said."""

    broker: str
    prefix: str
    folder: Path

    @property
    def words(self) -> list[str]:
        where = ["--broker", self.broker, "--topic-prefix", self.prefix, "--partitions", str(PARTITIONS)]
        return ["replay", str(self.folder / "day.csv"), "--explode", *where]

    @contextmanager
    def at_work(self, more_than: int) -> Iterator[Child | WarmChild]:
        """A replay in the middle of its work: more than so many records are in."""
        words, env = [*self.words, "--speed", SLOWLY], {**os.environ, "COLUMNS": "200"}
        child = warm.spawn(words, output=self.folder / "said.log", env=env)
        try:
            until(lambda: self.published() > more_than or child.poll() is not None, "the replay is at work", 120)
            assert child.poll() is None, (self.folder / "said.log").read_text()
            yield child
        finally:
            child.kill()
            child.wait()

    def replay(self, *flags: str) -> tuple[int, str]:
        done = warm.run([*self.words, *flags], self.folder, COLUMNS="200")
        return done.returncode, done.stderr

    def published(self) -> int:
        with suppress(OffsetsError):
            return sum(Offsets(self.broker).ends([Topics(self.prefix).transactions]).values())
        return 0

    def rows(self) -> Counter[int]:
        """How many transactions of each minute are on the topic; the ends of minutes are left out."""
        values = map(wire.loads, wire.read(self.broker, Topics(self.prefix).transactions))
        return Counter(value["timestamp"] // 60_000 for value in values if "timestamp" in value)


@pytest.fixture
def place(kafka: str, topic_prefix: str, tmp_path: Path) -> Place:
    minutes = (f"2025-07-12 {n // 60:02}:{n % 60:02}:00,approved,{EACH}" for n in range(MINUTES))
    (tmp_path / "day.csv").write_text("\n".join(["timestamp,status,count", *minutes]))
    return Place(kafka, topic_prefix, tmp_path)


def all_of_it(times: int = 1) -> list[int]:
    return [EACH * times] * MINUTES


def test_one_that_was_killed_twice_comes_to_the_exact_totals(place: Place) -> None:
    for more_than in (200, 600):
        with place.at_work(more_than) as child:
            child.kill()
    code, said = place.replay()
    assert code == Exit.FINE, said
    assert "This replay was not done: " in said
    assert list(place.rows().values()) == all_of_it()
    code, said = place.replay()
    assert code == Exit.MISUSED
    assert "day.csv" in said
    assert "What is published again counts twice. --again publishes them all the same" in said
    assert list(place.rows().values()) == all_of_it()


def test_one_that_was_interrupted_says_how_it_goes_on_and_with_again_begins_anew(place: Place) -> None:
    with place.at_work(100) as child:
        child.send_signal(signal.SIGINT)
        assert child.wait(120) == Exit.INTERRUPTED
    assert "The same command goes on with the rows that are missing." in (place.folder / "said.log").read_text()
    before = place.rows().total()
    code, said = place.replay("--again")
    assert code == Exit.FINE, said
    assert place.rows().total() == before + MINUTES * EACH
    assert place.replay()[0] == Exit.MISUSED, "it is done, and nothing is left to go on with"


def test_one_that_is_at_work_is_not_gone_on_with(place: Place) -> None:
    with place.at_work(100):
        code, said = place.replay()
    assert (code, "another process replays these files into this topic now" in said) == (Exit.MISUSED, True), said


def test_with_other_options_it_is_another_replay_and_is_refused(place: Place) -> None:
    with place.at_work(100) as child:
        child.kill()
    code, said = place.replay("--skip-bad")
    assert (code, "published into this topic before: day.csv on " in said) == (Exit.MISUSED, True), said


def test_where_records_were_deleted_since_nobody_can_tell_and_that_is_said(place: Place) -> None:
    with place.at_work(100) as child:
        child.kill()
    upto = TopicPartition(Topics(place.prefix).transactions, 0, 1)
    admin = AdminClient({"bootstrap.servers": place.broker})
    admin.delete_records([upto])[upto].result(timeout=60)
    code, said = place.replay()
    assert code == Exit.MISUSED
    assert "records of that time were deleted since" in said
    assert "--again publishes all rows on top of those that are in" in said


def test_what_others_publish_meanwhile_is_none_of_its_rows(place: Place) -> None:
    notes = ReplayNotes(place.broker, Topics(place.prefix))
    with place.at_work(100) as child:
        child.kill()
    (mark,) = notes.read().marks.values()
    publisher = wire.Publisher(place.broker, Topics(place.prefix).transactions)
    for key in (None, b"", b"shop", mark.tag.encode(), mark.tag.encode() + b"-zz", mark.tag.encode() + b"-"):
        publisher.send(b'{"timestamp":1752278400000,"status":"denied","count":1}', 0, key=key)
    publisher.close()
    publish_raw(place.broker, Topics(place.prefix).transactions, 0, zstd_batch([bytes(1_000_000)] * 150))
    code, said = place.replay()
    assert code == Exit.FINE, said
    # The keys tell: a batch that nobody can read lies between them.
    assert place.published() == MINUTES * EACH + 6 + 150 + PARTITIONS
