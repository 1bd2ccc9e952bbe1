"""Bad and odd records, read without a broker; tests/pipeline sends the same ones through one."""

import numpy as np
import pytest

from processors.domain.counting.rows import Rows
from processors.intake.reading import UnreadableValue, read
from tests.pipeline.bad_records import BAD, NOON_MS, ODD, Bad, good

A_DAY_MS = 86_400_000


def read_among_good(value: bytes | None) -> tuple[Rows, list[UnreadableValue]]:
    values = [good("before"), value, good("after")]
    return read(values, np.arange(3), NOON_MS + A_DAY_MS)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_record_says_why_and_the_others_are_read(bad: Bad) -> None:
    rows, (unreadable,) = read_among_good(bad.value)
    assert (unreadable.index, unreadable.reason, unreadable.field) == (1, bad.reason, bad.field)
    assert rows.offsets.tolist() == [0, 2]


@pytest.mark.parametrize("mark", ODD)
def test_an_odd_record_counts_once_within_its_minute(mark: str) -> None:
    rows, bad = read_among_good(ODD[mark])
    assert bad == []
    assert rows.places[int(rows.codes[1])] == ("all", "approved", mark)
    assert int(rows.counts[1]) == 1
    assert int(rows.times_ms[1]) // 60_000 == NOON_MS // 60_000


@pytest.mark.parametrize("end", ["59.999999999Z", "59.9999999Z", "59.9999995Z", "59.999999500000Z", "59.9999995+00:00"])
@pytest.mark.parametrize("neighbour", [good("b"), b"no record"])
def test_an_instant_is_in_the_millisecond_that_has_begun(end: str, neighbour: bytes) -> None:
    value = b'{"timestamp":"2025-07-12T12:00:%s","status":"a"}' % end.encode()
    rows, _ = read([neighbour, value, good("c")], np.arange(3), NOON_MS + A_DAY_MS)
    assert int(rows.times_ms[list(rows.offsets).index(1)]) == NOON_MS + 59_999


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ('"status":"a","scope":"%s"' % ("x" * 300), f"'{'x' * 64}'… (300 characters) is no word: a word has 1 to 64"),
        ('"status":"a","auth_code":"\\u001b[2J"', "'\\x1b[2J' is no word: a word has 1 to 64 characters"),
    ],
)
def test_what_is_no_word_is_told_with_its_value(fields: str, said: str) -> None:
    _, (unreadable,) = read_among_good(b'{"timestamp":%d,%s}' % (NOON_MS, fields.encode()))
    assert unreadable.detail.startswith(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (str(NOON_MS // 1000), f"{NOON_MS // 1000} ms (are these seconds?) is before 2000"),
        (str(NOON_MS * 1000), f"{NOON_MS * 1000} ms (are these microseconds or nanoseconds?) is later than now"),
        ("9" * 1000, f"{'9' * 30} ms (are these microseconds or nanoseconds?) is later than now"),
        (str(NOON_MS + 2 * A_DAY_MS), f"{NOON_MS + 2 * A_DAY_MS} ms is later than now"),
        ('"1969-12-31T23:59:59-01:00"', "1969-12-31T23:59:59-01:00 is before 2000"),
    ],
)
def test_a_time_out_of_range_is_told_as_it_is_written(written: str, said: str) -> None:
    _, (unreadable,) = read_among_good(b'{"timestamp":%s,"status":"a"}' % written.encode())
    assert unreadable.detail == said
