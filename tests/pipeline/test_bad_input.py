"""Bad records on a real broker: each becomes one dead letter, and the good ones around it are counted all the same."""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from schemas.dead_letter import DeadLetter
from tests.pipeline import wire
from tests.pipeline.bad_records import BAD, MAX_BYTES, NOON_MS, ODD, Bad, good, record
from tests.pipeline.files import Cell
from tests.pipeline.installation import FEW_PARTITIONS, Installation, Worker, installed
from tests.pipeline.wire import Message, Publisher
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
FLOOD = 10_000
MAX_WAITS = FLOOD // 20
"""How often the worker may wait, once for each group of dead letters; one by one it would wait 10 000 times."""
CODECS = ["gzip", "snappy", "lz4", "zstd"]
A_BATCH = 50
FOREIGN = [("traceparent", b"00-1-2-00"), ("floodmark-reason", b"none"), ("floodmark-offset", b"x"), ("raw", b"\xff")]


@dataclass(frozen=True)
class Fed:
    """What a worker made of the flood, and of the matrix of bad records after it.

    Args:
        waits: How often the worker had waited for its output when all of the flood was committed.
        flood: The dead letters then.
        sent: The records after the flood, by value.
        dead: All dead letters, by key.
        counts: What each cell held.
    """

    made: Installation
    waits: int
    flood: list[Message]
    sent: dict[bytes | None, Message]
    dead: dict[bytes | None, list[Message]]
    counts: Counter[Cell]

    def letters(self, value: bytes | None) -> list[Message]:
        """The dead letters of a record that was sent after the flood."""
        origin = self.sent[value]
        key = f"{self.made.topics.transactions}/{origin.partition}/{origin.offset}".encode()
        return self.dead.get(key, [])

    def coded(self, mark: str) -> int:
        """How many transactions were counted under this auth code."""
        return self.counts[NOON_MS, "auth_code", mark]


@pytest.fixture(scope="module")
def fed(kafka: str) -> Iterator[Fed]:
    with installed(kafka, unique_prefix(), partitions=FEW_PARTITIONS) as made:
        small = [bad.value for bad in BAD if bad.value is None or len(bad.value) < 200]
        bad = [small[i % len(small)] for i in range(FLOOD)]
        made.publish(value for i, b in enumerate(bad) for value in ([b, good("flood")] if i % 5 == 0 else [b]))
        floods = wire.ends(made.address, [made.topics.transactions])
        worker = made.worker().ready()
        made.reach(floods)
        waits = waits_of(worker)
        flood = made.dead()
        feed(made)
        made.punctuate(NOON_MS + 60_000)
        made.drain()
        ends = {tp.partition: end for tp, end in floods.items()}
        sent = {m.value: m for m in wire.read(kafka, made.topics.transactions) if m.offset >= ends[m.partition]}
        dead: dict[bytes | None, list[Message]] = {}
        for message in made.dead():
            dead.setdefault(message.key, []).append(message)
        yield Fed(made, waits, flood, sent, dead, made.counts())


def waits_of(worker: Worker) -> int:
    """How often the counting stage has waited until what it sent had arrived."""
    with urllib.request.urlopen(f"{worker.metrics}/metrics", timeout=PATIENCE_S) as answer:
        lines = answer.read().decode().splitlines()
    name = 'floodmark_worker_write_seconds_count{stage="count"} '
    return int(float(next(line.removeprefix(name) for line in lines if line.startswith(name))))


def feed(made: Installation) -> None:
    """Each bad record between two good ones, on one partition; odd ones; each codec; foreign headers."""
    topic = made.topics.transactions
    publisher = Publisher(made.address, topic, **{"message.max.bytes": 10_000_000, "compression.type": "zstd"})
    for i, bad in enumerate(BAD):
        for value in (good(f"before {bad.name}"), bad.value, good(f"after {bad.name}")):
            publisher.send(value, i % FEW_PARTITIONS)
    for value in ODD.values():
        publisher.send(value)
    publisher.send(record(status='"Chargeback"'))
    for value in (good("foreign headers"), b"foreign headers"):
        publisher.send(value, key=b"\xff\x00", headers=FOREIGN)
    publisher.close()
    for codec in CODECS:
        publisher = Publisher(made.address, topic, **{"compression.type": codec, "linger.ms": 100})
        for value in [good(codec)] * A_BATCH + [codec.encode()] + [good(codec)] * A_BATCH:
            publisher.send(value, 0)
        publisher.close()


def about(letter: Message) -> DeadLetter:
    return DeadLetter.from_headers(list(letter.headers.items()))


def dlq(fed: Fed, *words: str) -> str:
    flags = ["--broker", fed.made.address, "--topic-prefix", fed.made.prefix]
    result = CliRunner().invoke(app, ["dlq", words[0], *flags, *words[1:]], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


def place(letter: Message) -> str:
    return f"{letter.partition}:{letter.offset}"


def named(name: str) -> Bad:
    return next(bad for bad in BAD if bad.name == name)


@pytest.mark.story
def test_ten_thousand_bad_records_do_not_wait_for_their_dead_letters_one_by_one(fed: Fed) -> None:
    assert 0 < fed.waits < MAX_WAITS
    assert len(fed.flood) == FLOOD
    assert len({letter.key for letter in fed.flood}) == FLOOD
    assert fed.coded("flood") == FLOOD // 5


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_record_is_one_dead_letter_that_says_why_and_where_pitfalls_3_and_5(fed: Fed, bad: Bad) -> None:
    (letter,) = fed.letters(bad.value)
    said, origin = about(letter), fed.sent[bad.value]
    assert (said.reason, said.field) == (bad.reason, bad.field)
    assert (said.topic, said.partition, said.offset) == (fed.made.topics.transactions, origin.partition, origin.offset)
    assert letter.value == (bad.value and bad.value[:MAX_BYTES])


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_the_good_records_around_a_bad_one_are_counted_once(fed: Fed, bad: Bad) -> None:
    assert [fed.coded(f"{where} {bad.name}".lower()) for where in ("before", "after")] == [1, 1]


def test_nothing_but_the_good_records_is_counted(fed: Fed) -> None:
    goods = FLOOD // 5 + 2 * len(BAD) + len(ODD) + 2 * A_BATCH * len(CODECS) + 1  # that one has foreign headers
    assert sum(count for (_, dimension, _), count in fed.counts.items() if dimension == "auth_code") == goods
    assert fed.counts[NOON_MS, "status", "approved"] == goods
    assert {minute for minute, _, _ in fed.counts} == {NOON_MS}


def test_nothing_but_the_bad_records_is_a_dead_letter_and_none_is_there_twice(fed: Fed) -> None:
    assert len(fed.dead) == FLOOD + len(BAD) + len(CODECS) + 1  # that one has foreign headers
    assert {len(letters) for letters in fed.dead.values()} == {1}
    assert fed.made.late() == []


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read_pitfall_6(fed: Fed, codec: str) -> None:
    assert fed.coded(codec) == 2 * A_BATCH
    (letter,) = fed.letters(codec.encode())
    assert about(letter).reason == "not_json"


@pytest.mark.parametrize("mark", ODD)
def test_an_odd_record_that_is_good_is_counted(fed: Fed, mark: str) -> None:
    assert fed.coded(mark) == 1


def test_a_status_that_nobody_has_heard_of_is_counted_under_its_own_name(fed: Fed) -> None:
    assert fed.counts[NOON_MS, "status", "chargeback"] == 1


def test_foreign_headers_and_keys_do_no_harm_and_do_not_speak_for_us(fed: Fed) -> None:
    assert fed.coded("foreign headers") == 1
    (letter,) = fed.letters(b"foreign headers")
    assert about(letter).reason == "not_json"
    assert set(letter.headers) == {name for name, _ in about(letter).headers()}


def test_a_record_that_is_too_large_says_how_large_it_was(fed: Fed) -> None:
    (letter,) = fed.letters(named("five times too large").value)
    assert f"{5 * MAX_BYTES:,}" in about(letter).detail
    assert f"{MAX_BYTES:,}" in about(letter).detail


def test_the_dead_letters_are_listed(fed: Fed) -> None:
    listed = {}
    for line in dlq(fed, "list", "--format", "json", "--limit", str(2 * FLOOD)).splitlines():
        found = json.loads(line)
        listed[f"{found['partition']}:{found['offset']}"] = found["about"]["reason"]
    assert listed == {place(m): about(m).reason for letters in fed.dead.values() for m in letters}


def test_a_letter_that_was_corrected_and_sent_again_is_counted(fed: Fed) -> None:
    (letter,) = fed.letters(named("text count").value)
    said = dlq(fed, "replay", "--offset", place(letter), "--set", "count=5")
    assert "1 dead letters sent" in said
    until(lambda: fed.made.counts()[NOON_MS, "auth_code", "mended"] == 5, "the corrected record is counted")


@pytest.mark.parametrize("name", ["cut off", "largest, malformed"])
def test_a_letter_that_was_sent_again_as_it_was_is_a_letter_again(fed: Fed, name: str) -> None:
    (letter,) = fed.letters(named(name).value)
    assert "1 dead letters sent" in dlq(fed, "replay", "--offset", place(letter))

    def again() -> list[Message]:
        return [m for m in fed.made.dead() if m.value == letter.value and m.offset >= FLOOD and m.key != letter.key]

    (new,) = until(again, "what was sent again is put aside again")
    assert about(new).reason == about(letter).reason


def test_a_letter_that_was_too_large_is_not_sent_again(fed: Fed) -> None:
    (letter,) = fed.letters(named("one byte too many").value)
    said = " ".join(dlq(fed, "replay", "--offset", place(letter)).split())
    assert "1 not sent: each is larger than any record that is read" in said


def test_the_worker_is_still_the_one_that_was_started(fed: Fed) -> None:
    (worker,) = fed.made.workers
    assert worker.child.poll() is None
