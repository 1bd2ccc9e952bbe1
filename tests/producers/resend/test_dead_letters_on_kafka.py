"""`floodmark dlq` on a broker: letters are shown, and each is sent again once."""

import base64
import json
import socket

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from floodmark.operate import dead_letters as command
from producers.errors import PublishError
from producers.resend.dead_letters import ResendableLetters
from runtime.kafka.topics import ensure_topics
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from tests.producers.resend.letters_kit import PARTITIONS, Office
from tests.sinks.kafka_kit import everything

GOOD = b'{"timestamp":"2025-07-12T13:45:00Z","status":"denied","count":3}'
TEXT = b'{"timestamp":"2025-07-12T13:45:00Z","status":"denied","count":"3"}'

pytestmark = pytest.mark.kafka


@pytest.fixture
def office(kafka: str, topic_prefix: str) -> Office:
    return Office(kafka, Topics(topic_prefix)).opened()


@pytest.fixture(params=["kafka", "embedded"])
def either(request: pytest.FixtureRequest, topic_prefix: str) -> Office:
    """On the real broker, then on the embedded one."""
    return Office(request.getfixturevalue(request.param), Topics(topic_prefix)).opened()


def dlq(office: Office, *words: str) -> Result:
    return CliRunner().invoke(app, ["dlq", words[0], *office.flags(), *words[1:]], env={"COLUMNS": "200"})


def ok(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def listed(office: Office, *words: str) -> list[dict[str, object]]:
    result = dlq(office, "list", "--format", "json", *words)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_letter_is_shown_with_its_reason_its_field_and_where_it_came_from(office: Office) -> None:
    office.put_aside(b'{"count":-1}', reason="range", field="count", partition=2, first=41)
    said = ok(dlq(office, "list"))
    for word in ("0:0", "range", "count", f"{office.topics.transactions}/2/41", '{"count":-1}', "1 of 1 dead letters"):
        assert word in said
    (letter,) = listed(office)
    assert letter["value"] == '{"count":-1}'
    assert letter["about"] == {
        "topic": office.topics.transactions,
        "partition": 2,
        "offset": 41,
        "reason": "range",
        "field": "count",
        "detail": "",
    }


def test_the_last_letters_are_shown_and_those_of_one_reason_alone_when_asked(office: Office) -> None:
    office.put_aside(b"1", b"2", b"3", reason="not_json")
    office.put_aside(b"4", b"5", reason="type", first=3)
    assert [letter["value"] for letter in listed(office, "--limit", "2")] == ["4", "5"]
    assert [letter["value"] for letter in listed(office, "--reason", "not_json", "--limit", "2")] == ["2", "3"]
    said = ok(dlq(office, "list", "--reason", "not_json", "--limit", "2"))
    assert "2 of 3 dead letters for not_json. By reason: not_json 3, type 2." in said


def test_a_record_that_was_put_aside_twice_is_shown_and_sent_once(office: Office) -> None:
    office.put_aside(b"x", b"y")
    office.put_aside(b"x", b"y")
    assert [letter["value"] for letter in listed(office)] == ["x", "y"]
    assert "2 dead letters sent" in ok(dlq(office, "replay"))
    assert office.values() == [b"x", b"y"]


def test_of_very_many_letters_the_last_are_read_and_it_is_said_how_many_there_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "TAIL", 3)
    office.put_aside(b"1", b"2", b"3", reason="type")
    office.put_aside(b"4", b"5", b"6", first=3)
    assert [letter["value"] for letter in listed(office, "--limit", "2")] == ["5", "6"]
    said = ok(dlq(office, "list", "--limit", "2"))
    assert "2 of 3 dead letters. By reason: not_json 3." in said
    assert "Only the last 3 of 6 records on the topic were read; --all reads them all." in said
    assert "No dead letters for type. There are some for: not_json 3. Only the last 3 of 6" in ok(
        dlq(office, "list", "--reason", "type", "--limit", "2")
    )
    assert [letter["value"] for letter in listed(office, "--reason", "type", "--all")] == ["1", "2", "3"]
    assert [letter["value"] for letter in listed(office, "--limit", "5")] == ["2", "3", "4", "5", "6"]
    ok(dlq(office, "replay", "--reason", "type"))
    assert office.values() == [b"1", b"2", b"3"], "what is sent again is looked for in all of them"


def test_bytes_that_are_no_text_are_shown_safely_and_whole_as_json(office: Office) -> None:
    office.put_aside(b"\xff\x1b[31m" + b"z" * 500, None)
    said = ok(dlq(office, "list"))
    assert "\x1b" not in said
    assert "… (506 bytes)" in said
    assert "(null)" in said
    raw, null = listed(office)
    assert base64.b64decode(str(raw["value_base64"])) == b"\xff\x1b[31m" + b"z" * 500
    assert null["value"] is None


def test_no_letters_and_no_topic_are_said_in_words(kafka: str, topic_prefix: str) -> None:
    office = Office(kafka, Topics(topic_prefix))
    for _ in ("no topic", "an empty one"):
        for words in (("list",), ("replay",)):
            assert "No dead letters in" in ok(dlq(office, *words))
        assert listed(office) == []
        office.opened()
    office.put_aside(b"x")
    assert "No dead letters for type. There are some for: not_json 1." in ok(dlq(office, "list", "--reason", "type"))
    assert "No dead letters for type. There are some for: not_json 1." in ok(dlq(office, "replay", "--reason", "type"))


def test_the_bytes_are_sent_as_they_were_to_the_partition_they_came_from(office: Office) -> None:
    office.put_aside(b"\x00\xff", GOOD, partition=1)
    office.put_aside(b" {", partition=2)
    said = ok(dlq(office, "replay"))
    assert f"3 dead letters sent to {office.topics.transactions} again, all acknowledged." in said
    assert office.transactions() == [(1, b"\x00\xff"), (1, GOOD), (2, b" {")]


def test_a_letter_is_sent_once_however_often_one_replays(either: Office) -> None:
    either.put_aside(b"a", b"b")
    ok(dlq(either, "replay"))
    assert "0 dead letters sent" in ok(dlq(either, "replay"))
    assert "2 had been sent before" in ok(dlq(either, "replay"))
    either.put_aside(b"c", first=2)
    assert "1 dead letters sent" in ok(dlq(either, "replay"))
    assert either.values() == [b"a", b"b", b"c"]
    assert [letter["sent_again"] for letter in listed(either)] == [True, True, True]


def test_a_letter_that_a_filter_left_out_stays_to_be_sent(either: Office) -> None:
    either.put_aside(b"a", reason="not_json")
    either.put_aside(b"b", reason="type", first=1)
    either.put_aside(b"c", reason="not_json", first=2)
    either.put_aside(b"d", reason="type", first=3)
    ok(dlq(either, "replay", "--reason", "type"))
    assert either.values() == [b"b", b"d"]
    assert [letter["sent_again"] for letter in listed(either)] == [False, True, False, True]
    ok(dlq(either, "replay", "--offset", "0:2"))
    assert either.values() == [b"b", b"c", b"d"]
    ok(dlq(either, "replay"))
    assert either.values() == [b"a", b"b", b"c", b"d"]


def test_fields_are_corrected_and_what_cannot_be_corrected_stays(office: Office) -> None:
    office.put_aside(TEXT, b"no json", b"[1]", b'{"count":3}')
    said = ok(dlq(office, "replay", "--set", "count=3"))
    assert "1 dead letters sent" in said
    assert "1 not sent: each is no JSON" in said
    assert "1 not sent: each would still be no transaction" in said
    assert office.values() == [GOOD]
    assert [letter["sent_again"] for letter in listed(office)] == [True, False, False, False]
    ok(dlq(office, "replay", "--set", "timestamp=2025-07-12T13:45:00Z", "--set", "auth_code=51", "--offset", "0:3"))
    assert office.values()[0] == b'{"count":3,"timestamp":"2025-07-12T13:45:00Z","auth_code":"51"}'


def test_what_is_no_transaction_of_ours_is_not_sent_and_not_called_sent(office: Office) -> None:
    office.put_aside(None)
    office.put_aside(b"packed", reason="unreadable_batch", first=1)
    office.put_aside(b'{"minute":"2025"}', topic=office.topics.minutes, reason="refused")
    office.publish([(b"from somebody else", None, [])])
    for _ in range(2):
        said = ok(dlq(office, "replay"))
        assert "0 dead letters sent" in said
        for why in ("has no value", "is a batch", "came from another topic", "was not put there by Floodmark"):
            assert f"1 not sent: each {why}" in said
    assert office.values() == []
    assert [letter["sent_again"] for letter in listed(office)] == [False] * 4


def test_what_a_sink_has_put_aside_goes_back_to_that_sink_alone_and_once(office: Office) -> None:
    ensure_topics(office.broker, [s for s in office.topics.specs(1) if s.name == office.topics.alerts], replication=1)
    about = DeadLetter(
        topic=office.topics.alerts, partition=0, offset=7, reason="rejected", detail="sink webhook: it answered 400"
    )
    office.publish([(b'{"id":"a:1"}', about.key, about.headers())])
    said = ok(dlq(office, "replay"))
    assert said == f"1 sent to {office.topics.alerts} again, for the sink that had put them aside."
    ok(dlq(office, "replay"))
    (record,) = everything(office.broker, office.topics.alerts, 1)
    assert record.value() == b'{"id":"a:1"}'
    assert record.headers() == [("floodmark-for-sink", b"webhook")]
    assert record.key() == f"again/{office.topics.alerts}/0/7".encode()
    assert office.values() == []


def test_letters_that_are_put_aside_again_meanwhile_wait_for_the_next_replay(office: Office) -> None:
    office.put_aside(*(b"%d" % number for number in range(600)))
    again: list[bytes] = []

    def edited(value: bytes) -> bytes:
        # As a worker does that cannot read what was sent.
        assert len(again) < 600, "the replay reads what it has caused itself"
        again.append(value)
        if len(again) == 300:
            office.put_aside(*again, first=1000)
        return value

    with ResendableLetters(office.broker, office.topics, 1) as letters:
        assert letters.send_again(lambda _: True, edited, PARTITIONS).sent == 600
    assert len(office.transactions()) == 600


def test_what_was_not_delivered_is_sent_by_the_next_replay(office: Office) -> None:
    office.put_aside(b"a", b"b" * 5000)
    with ResendableLetters(office.broker, office.topics, 1) as letters, pytest.raises(PublishError):
        letters.send_again(lambda _: True, lambda value: value, PARTITIONS, {"message.max.bytes": 1000})
    assert [letter["sent_again"] for letter in listed(office)] == [False, False]
    assert "2 dead letters sent" in ok(dlq(office, "replay"))
    assert {b"a", b"b" * 5000} == set(office.values())


@pytest.mark.parametrize("words", [["--offset", "7"], ["--offset", "0:-1"], ["--set", "count"], ["--set", "=3"]])
def test_an_option_that_makes_no_sense_is_refused_before_anything_is_sent(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["dlq", "replay", "--broker", "127.0.0.1:9", *words])
    assert result.exit_code == 2
    assert words[1] in result.output


@pytest.mark.parametrize("name", ["list", "replay"])
def test_a_broker_that_does_not_answer_is_named(name: str, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")
    result = CliRunner().invoke(app, ["dlq", name, "--broker", f"127.0.0.1:{closed_port}"])
    assert result.exit_code == 3
    assert f"127.0.0.1:{closed_port}" in result.output


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_letter_has_lines_of_its_own_in_a_narrow_terminal(office: Office) -> None:
    office.put_aside(b'{"count":-1,"status":"approved"}', reason="range", field="count", partition=2, first=41)
    words = ["dlq", "list", *office.flags()]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    for part in ("0:0  ", "range", "field count", "/2/41", '    {"count":-1,"status":"approved"}'):
        assert part in result.output
