"""A broker that refuses a write ends the worker before it commits, and the next worker makes it good (pitfall 1)."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from processors.rules import THRESHOLDS, load
from runtime.exits import Exit
from schemas.topics import Topics
from tests.pipeline import files, offline, wire
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import FEW_PARTITIONS, Installation, installed
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
BEFORE = (Row(NOON_MS, "status", "approved", 600),)
AFTER = (Row(NOON_MS + MINUTE_MS, "status", "approved", 590), Row(NOON_MS + MINUTE_MS, "status", "failed", 10))
BAD = b"no transaction"
LATE = b'{"timestamp":%d,"status":"approved"}' % (NOON_MS - 60 * MINUTE_MS)
REFUSED: dict[str, tuple[str, Callable[[Topics], str]]] = {
    "counts changelog": ("count", lambda topics: topics.changelog("counts")),
    "partials": ("count", lambda topics: topics.partials),
    "dead letters": ("count", lambda topics: topics.dead_letters),
    "late": ("count", lambda topics: topics.late),
    "judgements changelog": ("judge", lambda topics: topics.changelog("judgements")),
    "minutes": ("judge", lambda topics: topics.minutes),
    "alerts": ("judge", lambda topics: topics.alerts),
}
"""What is refused: the stage that writes there, and the topic."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was seen when a worker's writes were refused.

    Args:
        made: The installation, after the next worker has drained it.
        exit_code: How the worker ended.
        said: Its log.
        read_before: What of the stage's source was there, and committed, before anything was refused.
        ends: The end of the stage's source when the worker had ended.
        committed: What the worker had committed of it by then.
        stored: The positions in the stage's changelog by then.
    """

    made: Installation
    exit_code: int
    said: str
    read_before: dict[int, int]
    ends: dict[int, int]
    committed: dict[int, int]
    stored: dict[int, int]


def limit(address: str, topic: str, max_bytes: int | None) -> None:
    """Let the broker refuse each batch above this size; None puts its own limit back."""
    how = AlterConfigOpType.DELETE if max_bytes is None else AlterConfigOpType.SET
    entry = ConfigEntry("max.message.bytes", None if max_bytes is None else str(max_bytes), incremental_operation=how)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for answer in admin.incremental_alter_configs([resource]).values():
        answer.result(timeout=PATIENCE_S)


def source(made: Installation, stage: str) -> str:
    return made.topics.transactions if stage == "count" else made.topics.partials


def ends(made: Installation, topic: str) -> dict[int, int]:
    return {tp.partition: end for tp, end in wire.ends(made.address, [topic]).items()}


def refuse(address: str, stage: str, topic_of: Callable[[Topics], str]) -> Refusal:
    """Let a worker count something, refuse what it writes next, and let the next worker go on."""
    with installed(address, unique_prefix(), rules=THRESHOLDS, partitions=FEW_PARTITIONS) as made:
        topic, read = topic_of(made.topics), source(made, stage)
        refused = made.worker()
        made.publish(files.exploded(BEFORE))
        made.punctuate(files.end_ms(BEFORE))
        made.drain()
        before = ends(made, read)
        limit(address, topic, 1)
        made.publish([LATE, BAD], partitions=1)
        made.publish(files.exploded(AFTER))
        made.punctuate(files.end_ms(AFTER))
        code, said = refused.exit_code(), refused.said()
        table = "counts" if stage == "count" else "judgements"
        end, committed, stored = ends(made, read), made.committed(read), made.stored(table)
        limit(address, topic, None)
        made.worker()
        made.drain()
        return Refusal(made, code, said, before, end, committed, stored)


@pytest.fixture(scope="module")
def refusals(kafka: str) -> Iterator[dict[str, Future[Refusal]]]:
    """All of them side by side: each one's next worker has to wait until the group has given up the first."""
    with ThreadPoolExecutor(4) as pool:
        yield {what: pool.submit(refuse, kafka, *how) for what, how in REFUSED.items()}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_write_ends_the_worker_before_it_commits_pitfall_1(
    refusals: dict[str, Future[Refusal]], what: str
) -> None:
    seen = refusals[what].result()
    assert seen.exit_code == Exit.BROKEN, seen.said[-2000:]
    assert "size too large" in seen.said
    assert all(offset <= seen.stored.get(partition, -1) + 1 for partition, offset in seen.committed.items())
    assert any(seen.committed[partition] < end for partition, end in seen.ends.items())


@pytest.mark.parametrize("what", ["counts changelog", "partials", "judgements changelog"])
def test_nothing_is_committed_after_the_first_refusal(refusals: dict[str, Future[Refusal]], what: str) -> None:
    seen = refusals[what].result()
    # Of the two that are put aside nothing is told to the judge, and they have arrived: together, or one by one.
    most = 2 * (what == "partials")
    assert seen.committed in [{**seen.read_before, 0: seen.read_before[0] + more} for more in range(most + 1)]


@pytest.mark.parametrize("what", ["dead letters", "late"])
def test_a_record_that_could_not_be_put_aside_is_not_committed(refusals: dict[str, Future[Refusal]], what: str) -> None:
    seen = refusals[what].result()
    assert seen.committed[0] == seen.read_before[0]


@pytest.mark.parametrize("what", REFUSED)
def test_the_worker_after_a_refusal_makes_all_exact(refusals: dict[str, Future[Refusal]], what: str) -> None:
    made = refusals[what].result().made
    rows = (*BEFORE, *AFTER)
    assert made.counts() == files.counts(rows)
    expected = {s.stated.incident.id: s.stated for s in offline.judge(load(THRESHOLDS), rows).statements}
    assert expected
    assert {i: (a["state"], a["revision"]) for i, a in made.last_alerts().items()} == {
        i: (said.state, said.revision) for i, said in expected.items()
    }
    assert {letter.value for letter in made.dead()} == {BAD}
    assert {letter.value for letter in made.late()} == {LATE}
    assert len({letter.key for letter in (*made.dead(), *made.late())}) == 2
