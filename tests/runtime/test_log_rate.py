"""What a library repeats is written once in a while, with how often it was said."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime import logs
from runtime.log_rate import BURST, EVERY_S, KINDS, RateLimit, Sparing
from runtime.logs import MAX_LOGGED


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(message: str, *args: object, name: str = "aiokafka.client") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)


def test_a_line_of_a_kind_passes_once_in_a_while_and_then_says_how_many_there_were() -> None:
    clock = Clock()
    limit = RateLimit(clock)
    passed = []
    for second in range(int(EVERY_S) + 1):
        clock.now = float(second)
        for broker in range(50):
            line = record('Unable connect to "%s:%s"', "host", broker)
            if limit.filter(line):
                passed.append(line.getMessage())
    assert passed == [
        'Unable connect to "host:0"',
        'Unable connect to "host:0" (and 1,499 more like this in 30 s)',
    ]


def test_other_kinds_other_loggers_and_our_own_lines_pass() -> None:
    limit = RateLimit(Clock())
    assert limit.filter(record("one"))
    assert limit.filter(record("two"))
    assert limit.filter(record("one", name="aiokafka.conn"))
    assert all(limit.filter(record("one", name="processors.stages.stage")) for _ in range(100))


def test_a_library_that_never_says_the_same_twice_is_limited_as_well() -> None:
    clock = Clock()
    limit = RateLimit(clock)
    assert sum(limit.filter(record(f"request {number} failed")) for number in range(10_000)) == KINDS + 1
    clock.now = EVERY_S
    assert sum(limit.filter(record(f"reply {number} failed")) for number in range(10_000)) == KINDS + 1


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level, stream = root.handlers[:], root.level, io.StringIO()
    logs.configure(stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_the_log_of_every_process_is_limited(out: io.StringIO) -> None:
    for _ in range(80):
        logging.getLogger("aiokafka").error("Unable to update metadata from %s", [0])
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["Unable to update metadata from [0]"]


def test_of_our_own_lines_that_others_cause_the_first_are_written_and_then_how_many_were_not() -> None:
    clock = Clock()
    sparing, written = Sparing(clock), list[tuple[str, dict[str, Any]]]()

    def write(event: str, **values: Any) -> None:
        written.append((event, values))

    for number in range(1000):
        sparing.tell(write, "a batch cannot be read", number=number)
    sparing.tell(write, "another thing")
    clock.now += EVERY_S
    sparing.tell(write, "a batch cannot be read", number=1000)
    clock.now += EVERY_S
    sparing.tell(write, "a batch cannot be read", number=1001)
    first = [("a batch cannot be read", {"number": number}) for number in range(BURST)]
    last = {"number": 1000, "not_written_before": 1000 - BURST}
    assert written == [
        *first,
        ("another thing", {}),
        ("a batch cannot be read", last),
        ("a batch cannot be read", {"number": 1001}),
    ]


def test_who_has_come_to_an_end_says_at_once_how_many_lines_were_not_written() -> None:
    clock = Clock()
    sparing, written = Sparing(clock), list[tuple[str, dict[str, Any]]]()

    def write(event: str, **values: Any) -> None:
        written.append((event, values))

    for number in range(BURST):
        sparing.tell(write, "a key cannot be read", number=number)
    sparing.rest(write, "a key cannot be read")
    assert len(written) == BURST
    for number in range(40):
        sparing.tell(write, "a key cannot be read", number=number)
    sparing.rest(write, "a key cannot be read", topic="keys")
    sparing.rest(write, "a key cannot be read", topic="keys")
    sparing.rest(write, "another thing")
    assert written[BURST:] == [("a key cannot be read", {"not_written_before": 40, "topic": "keys"})]
    sparing.tell(write, "a key cannot be read")
    clock.now += EVERY_S
    sparing.tell(write, "a key cannot be read")
    assert written[BURST + 1 :] == [("a key cannot be read", {"not_written_before": 1})]


def test_of_a_long_text_that_others_wrote_the_beginning_and_the_end_are_written(out: io.StringIO) -> None:
    whole = f"Invalid value '{'a' * 50_000}' - at `$.rights`"
    structlog.get_logger("any").error("key_unreadable", error=whole)
    (line,) = (json.loads(line) for line in out.getvalue().splitlines())
    assert len(line["error"]) < MAX_LOGGED + 100
    assert line["error"].startswith("Invalid value 'aaa")
    assert line["error"].endswith("aaa' - at `$.rights`")
    assert f" … {len(whole) - MAX_LOGGED:,} characters … " in line["error"]


def test_what_is_to_be_said_seldom_is_said_once_in_its_own_time() -> None:
    clock = Clock()
    sparing, written = Sparing(clock, every_s=60, burst=1), list[tuple[str, dict[str, Any]]]()

    def write(event: str, **values: Any) -> None:
        written.append((event, values))

    for at in (0.0, 59.9, 60.0):
        clock.now = at
        sparing.tell(write, "scopes", at=at)
    assert written == [("scopes", {"at": 0.0}), ("scopes", {"at": 60.0, "not_written_before": 1})]
