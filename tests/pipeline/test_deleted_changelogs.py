"""Changelogs that somebody deletes: under workers all state is written once more; between two runs the loss is told."""

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from processors.changelog.watch import ChangelogWatch
from runtime.exits import Exit
from runtime.kafka.topic_settings import topic_settings
from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import Topics
from tests.pipeline import files
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, Worker
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
PARTITIONS = 2
FEW = {"partitions": PARTITIONS, "FLOODMARK_PARTITIONS": str(PARTITIONS)}
ROWS = [Row(NOON_MS + minute * MINUTE_MS, "status", "approved", 60) for minute in range(3)]


def delete(made: Installation, *names: str) -> None:
    """Delete topics, and wait until nothing of them is there."""
    admin = AdminClient({"bootstrap.servers": made.address, "log_level": 0})
    for answer in admin.delete_topics(list(names)).values():
        answer.result(timeout=60)
    until(lambda: not {*names} & describe(made.address).keys(), "they are deleted")


def changelogs(made: Installation) -> list[str]:
    return [made.topics.changelog(table) for table in ("counts", "judgements")]


def make(made: Installation) -> None:
    """Make what is missing."""
    ensure_topics(made.address, made.topics.specs(PARTITIONS), replication=1)


def leave(_made: Installation) -> None:
    """Nobody makes them."""


def health(worker: Worker) -> str:
    """What it says of itself, be it well or not."""
    try:
        with urllib.request.urlopen(f"{worker.metrics}/healthz", timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def written_anew(worker: Worker) -> int:
    return worker.said().count('"event": "state_written_anew"')


@pytest.mark.parametrize("then", [make, leave])
def test_workers_write_all_they_know_to_changelogs_that_were_deleted_under_them(
    install: Install, then: Callable[[Installation], None]
) -> None:
    made = install(**FEW)
    first = made.worker().ready()
    made.publish(files.exploded(ROWS[:2]), PARTITIONS)
    made.drain()
    delete(made, *changelogs(made))
    then(made)
    made.publish(files.exploded(ROWS[1:2]), PARTITIONS)
    until(lambda: written_anew(first) >= 2 or first.child.poll() is not None, first.said, 120)
    made.publish(files.exploded(ROWS[2:]), PARTITIONS)
    made.drain(120)
    assert first.child.poll() is None, first.said()[-2000:]
    first.kill()
    second = made.worker().ready()
    made.punctuate(files.end_ms(ROWS), PARTITIONS)
    made.drain()
    assert made.counts() == files.counts([*ROWS[:2], *ROWS[1:]])
    assert (made.dead(), made.late()) == ([], [])
    assert '"event": "state_lost"' not in second.said()
    for name in changelogs(made):
        assert topic_settings(made.address, [name])[name]["cleanup.policy"] == "compact"
        assert describe(made.address)[name].partitions == PARTITIONS


def test_state_that_was_deleted_between_two_runs_is_told_and_all_is_counted_from_the_beginning(
    install: Install,
) -> None:
    made = install(**FEW)
    first = made.worker().ready()
    made.publish(files.exploded(ROWS[:2]), PARTITIONS)
    made.drain()
    assert first.stop() == 0
    delete(made, *changelogs(made))
    second = made.worker().ready()
    made.publish(files.exploded(ROWS[1:]), PARTITIONS)
    made.punctuate(files.end_ms(ROWS), PARTITIONS)
    until(lambda: second.said().count('"event": "state_lost"') >= 2 * PARTITIONS, "it is told of each")
    made.drain()
    until(lambda: made.counts() == files.counts([*ROWS[:2], *ROWS[1:]]), "all is counted")
    assert f"the state in {made.topics.changelog('counts')} (0, 1) was deleted" in health(second)


def test_an_input_that_is_deleted_ends_a_worker_with_75_and_its_next_start_makes_it(install: Install) -> None:
    made = install(**FEW)
    first = made.worker().ready()
    made.publish(files.exploded(ROWS[:1]), PARTITIONS)
    made.drain()
    delete(made, made.topics.transactions)
    assert first.exit_code(120) == Exit.AGAIN, first.said()[-2000:]
    gone = f"{made.topics.transactions} is not there any more, it was deleted: the next start makes it anew"
    assert gone in first.said()
    made.worker().ready()
    until(lambda: made.topics.transactions in describe(made.address), "it is there")
    made.publish(files.exploded(ROWS), PARTITIONS)
    made.punctuate(files.end_ms(ROWS), PARTITIONS)
    made.drain()
    counts = files.counts([ROWS[0], *ROWS])
    until(lambda: made.counts() == counts, "what was counted before is counted on")


def test_an_output_that_is_deleted_ends_a_worker_with_75_and_its_next_start_makes_it(install: Install) -> None:
    made = install(**FEW)
    first = made.worker().ready()
    made.publish(files.exploded(ROWS[:1]), PARTITIONS)
    made.drain()
    delete(made, made.topics.minutes)
    made.publish(files.exploded(ROWS[1:2]), PARTITIONS)
    made.punctuate(files.end_ms(ROWS[:2]), PARTITIONS)
    assert first.exit_code(180) == Exit.AGAIN, first.said()[-2000:]
    assert f"{made.topics.minutes} is not there any more, it was deleted: the next start makes it anew" in first.said()
    made.worker().ready()
    made.publish(files.exploded(ROWS[2:]), PARTITIONS)
    made.punctuate(files.end_ms(ROWS), PARTITIONS)
    made.drain()
    counts = files.counts(ROWS[2:])
    until(lambda: {cell: made.counts()[cell] for cell in counts} == dict(counts), "what follows is told")


def test_a_changelog_that_is_not_compacted_any_more_is_told_with_the_remedy(kafka: str, topic_prefix: str) -> None:
    topics = Topics(topic_prefix)
    (spec,) = (each for each in topics.specs(1) if each.name == topics.changelog("counts"))
    ensure_topics(kafka, [spec], replication=1)
    assert looked_at(kafka, topics).remark == ""
    name = "cleanup.policy"
    entry = ConfigEntry(name, "delete", incremental_operation=AlterConfigOpType.SET)
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    resource = ConfigResource(ResourceType.TOPIC, spec.name, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(timeout=60)
    until(lambda: topic_settings(kafka, [spec.name])[spec.name][name] == "delete", "it is set")
    assert looked_at(kafka, topics).remark == (
        f"{spec.name} has cleanup.policy delete instead of compact, so state gets lost: kafka-configs --alter "
        f"--topic {spec.name} --add-config cleanup.policy=compact"
    )


def looked_at(kafka: str, topics: Topics) -> ChangelogWatch:
    """Once."""
    (spec,) = (each for each in topics.specs(1) if each.name == topics.changelog("counts"))
    watch = ChangelogWatch(kafka, spec, 1)
    assert not watch.is_another()
    return watch
