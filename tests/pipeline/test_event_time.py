"""Event time on a real broker: what comes late mends, what comes too late is kept aside, nobody runs ahead."""

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.pipeline import files, wire
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Cell, Row
from tests.pipeline.installation import FEW_PARTITIONS, Installation, installed
from tests.services import unique_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
HOUR = 60
RULES = """
name = "event time"
[baseline]
minimum_history = 2
[incidents]
resolve_after = 30
[[rule]]
name = "burst"
method = "count"
keys = ["failed"]
above = 5
[[rule]]
name = "share"
method = "share"
keys = ["denied"]
window = 1
warning = 0.1
critical = 0.5
"""


def row(minute: int, status: str, count: int = 1) -> bytes:
    """So many transactions in the minute of this number; 0 begins at noon."""
    (value,) = files.counted_before([Row(at(minute), "status", status, count)])
    return value


def at(minute: int) -> int:
    return NOON_MS + minute * MINUTE_MS


def cell(minute: int, status: str) -> Cell:
    return at(minute), "status", status


def states(made: Installation, key: str) -> list[str]:
    return [alert["state"] for alert in made.alerts() if alert["key"] == key]


@pytest.fixture(scope="module")
def judged(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Three minutes are judged. One more `failed` would be too many in minute 1; `denied` are too many in minute 2."""
    rules = tmp_path_factory.mktemp("rules") / "rules.toml"
    rules.write_text(RULES, "utf-8")
    with installed(kafka, unique_prefix(), rules=rules, partitions=FEW_PARTITIONS) as made:
        made.worker()
        made.publish([row(minute, "approved", 50) for minute in range(3) for _ in range(2)])
        made.publish([row(1, "failed", 5), row(2, "denied", 20)])
        made.punctuate(at(3))
        made.drain()
        yield made


def test_late_data_amend_their_minute_and_those_that_remember_it(judged: Installation) -> None:
    before = judged.minutes()
    judged.publish([row(0, "approved", 7)])
    judged.drain()
    after = judged.minutes()
    for changed, by in ((0, 7), (2, 0)):
        first, amended = before[cell(changed, "approved")], after[cell(changed, "approved")]
        assert amended["count"] == first["count"] + by
        assert amended["revision"] == first["revision"] + 1 == 2
        assert amended["version"] > first["version"]
    assert after[cell(2, "approved")]["mean"] == before[cell(2, "approved")]["mean"] + 7 / 2


def test_late_data_bring_about_an_incident(judged: Installation) -> None:
    assert states(judged, "failed") == []
    judged.publish([row(1, "failed")])
    judged.drain()
    (alert,) = (a for a in judged.alerts() if a["key"] == "failed")
    assert (alert["state"], alert["revision"], alert["observed"]) == ("firing", 1, 6)
    assert alert["since"] == "2025-07-12T12:01:00Z"
    amended = judged.minutes()[cell(1, "failed")]
    assert (amended["verdict"], amended["rules"]) == ("critical", ["burst"])


def test_late_data_withdraw_an_incident(judged: Installation) -> None:
    assert states(judged, "denied") == ["firing"]
    judged.publish([row(2, "approved", 900)])
    judged.drain()
    assert states(judged, "denied") == ["firing", "withdrawn"]
    first, last = (a for a in judged.alerts() if a["key"] == "denied")
    assert first["incident_id"] == last["incident_id"]
    assert last["revision"] > first["revision"]
    assert last["version"] > first["version"]
    amended = judged.minutes()[cell(2, "denied")]
    assert (amended["count"], amended["rules"]) == (20, [])


def test_data_that_come_when_nothing_can_be_mended_any_more_are_kept_aside_and_counted_nowhere(
    judged: Installation,
) -> None:
    """The watermark stands at minute 3: minute -13 ended 15 minutes before it, minute -12 one later."""
    before = judged.counts()
    too_late = [row(-13, "approved", count) for count in (3, 4)]
    judged.publish([too_late[0], row(-12, "approved", 2), too_late[1]])
    judged.drain()
    assert judged.counts() == before + Counter({cell(-12, "approved"): 2})
    assert judged.dead() == []
    late = {message.value: message for message in judged.late()}
    assert len(judged.late()) == len(late) == len(too_late)
    topic = judged.topics.transactions
    origins = {m.value: f"{topic}/{m.partition}/{m.offset}".encode() for m in wire.read(judged.address, topic)}
    for value in too_late:
        assert late[value].key == origins[value]
        assert late[value].headers["floodmark-reason"] == b"too_late"


def test_events_from_the_future_are_dead_letters_and_close_nothing_but_clocks_may_differ(install: Install) -> None:
    made = install()
    made.worker()
    in_an_hour = int(time.time() * 1000) + HOUR * MINUTE_MS
    future = [b'{"timestamp":%d,"status":"approved"}' % (in_an_hour + i) for i in range(FEW_PARTITIONS)]
    made.publish([row(0, "approved")] * FEW_PARTITIONS)
    made.publish(future)
    made.punctuate(in_an_hour)
    made.drain()
    assert made.minutes() == {}
    made.publish([row(0, "approved")] * FEW_PARTITIONS)
    made.punctuate(at(1))
    made.drain()
    assert made.counts() == {cell(0, "approved"): 2 * FEW_PARTITIONS}
    assert made.late() == []
    reasons = [(m.headers["floodmark-reason"], m.headers["floodmark-field"]) for m in made.dead()]
    assert (
        sorted(reasons) == [(b"future", b"punctuation")] * FEW_PARTITIONS + [(b"future", b"timestamp")] * FEW_PARTITIONS
    )
    soon_ms = int(time.time() * 1000) + 2 * MINUTE_MS
    made.publish([b'{"timestamp":%d,"status":"approved"}' % soon_ms])
    made.punctuate(soon_ms + MINUTE_MS)
    made.drain()
    assert made.counts().total() == 2 * FEW_PARTITIONS + 1


def test_a_backlog_with_one_partition_an_hour_behind_loses_nothing_pitfall_18b(install: Install) -> None:
    """A clock for each reader would call the last partition late, by four times the grace."""
    made = install(FLOODMARK_CHUNK="200", FLOODMARK_IDLE_AFTER_S="3600")
    slow, chance = FEW_PARTITIONS - 1, random.Random(18)
    traffic = [
        (partition, Row(at(minute), "status", status, chance.randint(1, 9)))
        for partition in range(FEW_PARTITIONS)
        for minute in range(0 if partition == slow else HOUR, 3 * HOUR)
        for status in ("approved", "denied")
    ]
    backlog = [(p, r) for p, r in traffic if p != slow or r.minute_ms < at(2 * HOUR)]
    rest = [(p, r) for p, r in traffic if p == slow and r.minute_ms >= at(2 * HOUR)]
    publish_to(made, backlog)
    made.worker()
    made.worker()
    made.drain()
    assert max(minute for minute, _, _ in made.minutes()) < at(2 * HOUR), "the slow one holds the others back"
    publish_to(made, rest)
    made.punctuate(at(3 * HOUR))
    made.drain()
    assert made.late() == []
    assert made.counts() == files.counts(held for _, held in traffic)


def publish_to(made: Installation, rows: list[tuple[int, Row]]) -> None:
    """Publish each row to its partition."""
    publisher = wire.Publisher(made.address, made.topics.transactions)
    for partition, value in zip((p for p, _ in rows), files.counted_before(r for _, r in rows), strict=True):
        publisher.send(value, partition)
    publisher.close()
