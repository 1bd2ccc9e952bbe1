"""What people see of a result and of an error."""

import io
import json
import re

import pytest

from floodmark.local.up.summary import QUESTIONS
from floodmark.queries.errors import StoreError
from floodmark.queries.query_error import explain
from floodmark.queries.result_table import ROWS_SHOWN, cell, lines, plain, show_json, show_table


def shown(names: list[str], types: list[str], rows: list[list[object]]) -> list[str]:
    out = io.StringIO()
    body = b"".join(json.dumps(line).encode() + b"\n" for line in [names, types, *rows])
    show_table([body[:7], body[7:]], out)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_numbers_stand_right_and_the_rest_left() -> None:
    table = shown(["n", "text"], ["Nullable(UInt64)", "LowCardinality(String)"], [[1, "a"], [1000, "bcd"]])
    assert table[3] == "    1   a"
    assert table[4] == " 1000   bcd"


def test_nothing_in_a_value_speaks_to_the_terminal_or_to_the_printer() -> None:
    table = shown(["[red]x"], ["String"], [["\x1b[31m\r\n[bold]b"]])
    assert table[1] == " [red]x"
    assert table[3] == " \\x1b[31m\\r\\n[bold]b"


def test_a_long_result_is_cut_and_says_so() -> None:
    table = shown(["n"], ["UInt8"], [[1]] * (ROWS_SHOWN + 1))
    assert table[-1] == "the first 1,000 rows; --format csv has all"
    assert shown(["n"], ["UInt8"], [[1]] * ROWS_SHOWN)[-1] == "1,000 rows"
    assert shown(["n"], ["UInt8"], [[1]])[-1] == "1 row"
    assert shown(["n"], ["UInt8"], [])[-1] == "0 rows"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "Nullable(Int8)", "NULL"),
        ("2025-07-12T18:07:00.123Z", "DateTime64(3, 'Europe/Berlin')", "2025-07-12 18:07:00.123"),
        ("A T Z", "String", "A T Z"),
        ([1, "ä"], "Array(String)", '[1, "ä"]'),
        (True, "Bool", "true"),
    ],
)
def test_a_value_is_shown_by_its_type(value: object, kind: str, text: str) -> None:
    assert cell(value, kind) == text


def test_json_without_rows_is_an_empty_array() -> None:
    out = io.StringIO()
    show_json([], out)
    assert out.getvalue() == "[]\n"


def test_lines_are_whole_however_the_stream_is_cut() -> None:
    text = b"one\ntwo\n\nthree"
    for size in range(1, len(text)):
        assert list(lines(text[at : at + size] for at in range(0, len(text), size))) == [b"one", b"two", b"three"]


def test_plain_text_stays_as_it_is() -> None:
    assert plain("näh ✓ 12") == "näh ✓ 12"


def test_a_position_counts_bytes_and_the_mark_counts_letters() -> None:
    error = StoreError(62, "SYNTAX_ERROR", "Syntax error: failed at position 15 (x): x y. Expected one of: token")
    assert explain(error, "SELECT 'ää' x y", list) == (
        "syntax error at position 15, line 1, column 13:\n  SELECT 'ää' x y\n              ^"
    )


def test_a_query_that_ends_too_early_is_told_as_such() -> None:
    error = StoreError(62, "SYNTAX_ERROR", "Syntax error: failed at position 15 (end of query): . Expected one of: x")
    assert explain(error, "SELECT 1 FROM ", list) == "syntax error: the query ends too early, at position 15"


def test_a_syntax_error_without_a_position_is_told_in_its_words() -> None:
    error = StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    assert explain(error, "SELECT 1; SELECT 2", list) == "syntax error: (Multi-statements are not allowed)"


def test_an_unknown_table_in_an_empty_store_says_who_makes_the_views() -> None:
    error = StoreError(
        60, "UNKNOWN_TABLE", "Unknown table expression identifier 'x'. Maybe you meant system.one? In ..."
    )
    text = explain(error, "SELECT * FROM x", list)
    assert text.startswith("Unknown table expression identifier 'x'. There are no views yet")


def test_a_limit_says_what_it_is() -> None:
    text = explain(StoreError(159, "TIMEOUT_EXCEEDED", "Timeout exceeded."), "SELECT 1", list)
    assert "may take 30 s and 1000 MB" in text


ALERT_NAMES = ["incident_id", "state", "since", "observed", "z", "rules", "summary", "estimated_loss"]
ALERT_TYPES = [
    "String",
    "LowCardinality(String)",
    "DateTime('UTC')",
    "UInt64",
    "Nullable(Float64)",
    "Array(LowCardinality(String))",
    "String",
    "Map(LowCardinality(String), Float64)",
]
ALERT = [
    "0123456789abcdef0123456789abcdef",
    "resolved",
    "2025-07-12T18:07:00Z",
    1234,
    3.257234,
    ["zscore", "poisson"],
    "reversed is far above what this minute should look like: 54 of 118, where 1.2 were to be expected.",
    {"count": 52.83333333, "amount": 123456.7},
]


def shown_in(width: int, rows: list[list[object]], *, chosen: bool = True) -> list[str]:
    out = io.StringIO()
    body = b"".join(json.dumps(line).encode() + b"\n" for line in [ALERT_NAMES, ALERT_TYPES, *rows])
    show_table([body], out, width, chosen=chosen)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_columns_that_do_not_fit_beside_each_other_stand_below_each_other() -> None:
    text = shown_in(80, [ALERT, ALERT])
    assert max(map(len, text)) <= 80 or text[-1].startswith("too wide")
    assert text[:6] == [
        "── row 1 ──",
        "incident_id     0123456789abcdef0123456789abcdef",
        "state           resolved",
        "since (UTC)     2025-07-12 18:07:00",
        "observed        1234",
        "z               3.257",
    ]
    assert text[6] == 'rules           ["zscore", "poisson"]'
    assert text[9] == 'estimated_loss  {"count": 52.83, "amount": 123457}'
    assert text[10] == "── row 2 ──"
    assert text[-2:] == [
        "2 rows; numbers are rounded, and --format csv has all digits",
        "too wide for a table here; these fit: SELECT state, since, observed, z",
    ]


def test_no_column_is_ever_one_letter_wide() -> None:
    for width in (40, 60, 80, 100, 120, 160, 200):
        text = shown_in(width, [ALERT])
        assert any("0123456789abcdef0123" in line for line in text)
        assert any("2025-07-12 18:07:00" in line for line in text)
        assert any("zscore" in line for line in text)


def test_of_a_question_that_ships_with_us_the_width_is_named_that_has_room_for_it() -> None:
    last = shown_in(80, [ALERT], chosen=False)[-1]
    found = re.fullmatch(r"too wide for a table here; a terminal of (\d+) columns has room for it", last)
    assert found is not None
    assert shown_in(int(found[1]), [ALERT], chosen=False)[1].split()[0] == "incident_id"
    assert shown_in(int(found[1]) - 1, [ALERT], chosen=False)[0] == "── row 1 ──"


def test_a_table_that_fits_is_a_table() -> None:
    text = shown_in(200, [ALERT])
    assert text[1].split()[:3] == ["incident_id", "state", "since"]
    assert text[-1] == "1 row; numbers are rounded, and --format csv has all digits"


def test_the_questions_that_are_offered_fit_into_eighty_columns() -> None:
    kinds = {"minute": "DateTime('UTC')", "since": "DateTime('UTC')", "count": "Int64", "observed": "UInt64"}
    kinds |= dict.fromkeys(("expected", "z"), "Nullable(Float64)")
    values: dict[str, object] = {"minute": "2025-07-12T18:07:00Z", "since": "2025-07-12T18:07:00Z", "count": 1234}
    values |= {"observed": 1234, "expected": 1234.5678, "z": 123.456, "verdict": "critical", "severity": "critical"}
    values |= {"state": "acknowledged", "scope": "shop-1", "key": "reversed"}
    for question in QUESTIONS:
        assert "*" not in question
        names = question.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        out = io.StringIO()
        lines_ = [names, [kinds.get(name, "String") for name in names], [values[name] for name in names]]
        show_table([b"".join(json.dumps(line).encode() + b"\n" for line in lines_)], out, 80)
        assert "── row 1 ──" not in out.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0423728813, "0.04237"),
        (1.0, "1"),
        (-3.25723, "-3.257"),
        (118.3666, "118.4"),
        (123456.789, "123457"),
        (0.00000123456, "1.235e-06"),
        (1e300, "1e+300"),
        (0.0, "0"),
        (float("inf"), "Infinity"),
    ],
)
def test_a_floating_point_number_has_four_digits(value: float, text: str) -> None:
    assert cell(value, "Float64") == text


def test_a_whole_number_has_all_its_digits() -> None:
    assert cell(2**63, "Int128") == "9223372036854775808"
    assert cell([1234567], "Array(UInt64)") == "[1234567]"
