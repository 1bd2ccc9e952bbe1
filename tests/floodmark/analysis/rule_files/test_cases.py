"""The test cases in rule files: reading them, trying them, and those that ship."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.rule_files.traffic import MINUTE_MS, rows_of
from floodmark.analysis.rule_files.trial import Trial, try_case
from floodmark.cli import app
from processors.rules import HYBRID, SHIPPED, Case, RuleError, load, read
from tests.rule_texts import many

READY = [name for name in SHIPPED if name != HYBRID.stem]
"""Those that need no model of one's own; tests/floodmark/analysis/train tries the other."""
RULES = many(9)
CASE = """
[[test]]
name = "burst"
quiet = 5
status = { approved = 100, failed = 0.5 }
then = [
  { minutes = 2, status = { failed = 10 } },
  { minutes = 7 },
]
expect = ["failed"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def case(folder: Path, old: str = "", new: str = "") -> Case:
    assert old in CASE
    (only,) = read(written(folder, RULES + CASE.replace(old, new, 1))).cases
    return only


def tried(folder: Path, old: str = "", new: str = "") -> Trial:
    return try_case(case(folder, old, new), load(folder / "mine.toml"))


def run(*files: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", "test", *map(str, files)], env={"COLUMNS": "200"})


# --- reading -----------------------------------------------------------------


def test_cases_are_no_part_of_the_version(tmp_path: Path) -> None:
    assert load(written(tmp_path, RULES + CASE)).version == load(written(tmp_path, RULES)).version


def test_keys_are_in_lower_case_and_a_start_without_a_zone_is_utc(tmp_path: Path) -> None:
    text = CASE.replace("failed", "Failed") + "start = 2025-03-01T10:20:30\n"
    (made,) = read(written(tmp_path, RULES + text)).cases
    assert (made.expect, list(made.status)) == (("failed",), ["approved", "failed"])
    assert [list(stretch.status) for stretch in made.then] == [["failed"], []]
    assert made.start == datetime(2025, 3, 1, 10, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "place", "why"),
    [
        ('name = "burst"\n', "", "7: [[test]] name", "missing"),
        ("quiet = 5", "quiet = 0", "9: [[test]] quiet", ">= 1"),
        ("quiet = 5", "quiet = 20000", "9: [[test]] quiet", "<= 10080"),
        ("quiet = 5", "quiet = 10080", "9: [[test]] quiet", "longer than 10080"),
        ("quiet = 5", "quiet = 5\nwithn = 3", "10: [[test]] withn", "is not known here; known are: auth_code"),
        ("0.5 }", "-1 }", "10: [[test]] status", ">= 0"),
        ("0.5 }", "nan }", "10: [[test]] status", ">= 0"),
        ("0.5 }", '"many" }', "10: [[test]] status", "got `str`"),
        ("status = { approved = 100, failed = 0.5 }\n", "", "7: [[test]] status", "what a quiet minute holds"),
        (
            "{ minutes = 7 }",
            "{ minutes = 7, missng = true }",
            "11: [[test]] then",
            "stretch 2: Object contains unknown",
        ),
        ("{ minutes = 7 }", '{ minutes = "7" }', "11: [[test]] then", "stretch 2, minutes: Expected `int`"),
        (
            "{ minutes = 7 }",
            "{ volume = 2 }",
            "11: [[test]] then",
            "stretch 2: Object missing required field `minutes`",
        ),
        ("minutes = 2,", "minutes = 2, missing = true,", "11: [[test]] then", "stretch 1 is missing as a whole"),
        ('["failed"]', '"failed"', "15: [[test]] expect", "Expected `array`"),
        ('["failed"]', "[]\nwithin = 3", "16: [[test]] within", "no incident is expected"),
        ('["failed"]', '["failed"]\nseverity = "bad"', "16: [[test]] severity", "'bad'"),
        ('["failed"]', '["failed"]\nstart = "noon"', "16: [[test]] start", "RFC3339"),
        ('["failed"]', '["failed"]\nstart = 1900-01-01T00:00:00', "16: [[test]] start", "1970 or later"),
    ],
)
def test_an_error_names_line_and_key(tmp_path: Path, old: str, new: str, place: str, why: str) -> None:
    with pytest.raises(RuleError) as caught:
        case(tmp_path, old, new)
    assert str(caught.value).startswith(f"{tmp_path}/mine.toml:{place}: ")
    assert why in str(caught.value)


def test_two_cases_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"mine.toml:18: \[\[test\]\] name: the name 'burst' is taken"):
        read(written(tmp_path, RULES + CASE + CASE))


def test_something_expected_of_nothing_is_an_error(tmp_path: Path) -> None:
    text = "\n[[test]]\nname = 'n'\nquiet = 5\nstatus = { a = 1 }\nexpect = ['a']\n"
    with pytest.raises(RuleError, match=r"mine.toml:7: \[\[test\]\] then: is missing"):
        read(written(tmp_path, RULES + text))
    with pytest.raises(RuleError, match=r"mine.toml:1: test: must be tables"):
        read(written(tmp_path, "test = 3\n" + RULES))


# --- the traffic -------------------------------------------------------------


def test_without_a_seed_counts_come_evenly_and_a_part_of_one_comes_now_and_then(tmp_path: Path) -> None:
    made = case(tmp_path, "{ minutes = 2,", "{ minutes = 2, volume = 0.5,")
    first = int(made.start.timestamp() * 1000)
    counts: dict[str, list[int]] = {"approved": [0] * 14, "failed": [0] * 14}
    for row in rows_of(made):
        counts[row.status or ""][(row.timestamp_ms - first) // MINUTE_MS] += row.count
    assert counts["approved"] == [100] * 5 + [50] * 2 + [100] * 7
    assert counts["failed"] == [0, 1, 0, 1, 0] + [5] * 2 + [0, 1, 0, 1, 0, 1, 0]


def test_a_seed_makes_chance_the_same_every_time(tmp_path: Path) -> None:
    one, again, other = (list(rows_of(case(tmp_path, "quiet = 5", f"quiet = 50\nseed = {n}"))) for n in (1, 1, 2))
    assert one == again != other
    approved = [row.count for row in one if row.status == "approved"]
    assert 95 < sum(approved) / len(approved) < 105
    assert len(set(approved)) > 10


def test_what_is_missing_at_the_end_is_judged_all_the_same(tmp_path: Path) -> None:
    rows = list(rows_of(case(tmp_path, "{ minutes = 7 }", "{ minutes = 7, missing = true }")))
    *_, before, last = rows
    assert (last.count, last.status, last.timestamp_ms - before.timestamp_ms) == (0, "approved", 7 * MINUTE_MS)
    made = read(Path("default")).cases
    outage = next(c for c in made if any(s.missing for s in c.then))
    assert try_case(outage, load()).faults == ()


# --- trying ------------------------------------------------------------------


def test_what_is_expected_passes(tmp_path: Path) -> None:
    assert tried(tmp_path).faults == ()
    assert tried(tmp_path, '["failed"]', '["failed"]\nwithin = 1\nseverity = "critical"').faults == ()


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('["failed"]', "[]", ["failed opened once; expected: never"]),
        ('["failed"]', '["denied", "failed"]', ["denied opened never; expected: once"]),
        ('["failed"]', '["failed", "failed"]', ["failed opened once; expected: twice"]),
        ('["failed"]', '["failed"]\nseverity = "warning"', ["failed came to critical, not to warning"]),
        (
            '  { minutes = 2, status = { failed = 10 } },\n  { minutes = 7 },\n',
            "  { minutes = 2 }, { minutes = 1, status = { failed = 10 } },\n",
            [],
        ),
        (
            '  { minutes = 2, status = { failed = 10 } },\n  { minutes = 7 },\n]',
            "  { minutes = 2 }, { minutes = 1, status = { failed = 10 } },\n]\nwithin = 2",
            ["failed opened in minute 3; it was to open within 2"],
        ),
        (
            "failed = 0.5 }",
            "failed = 10 }",
            ["failed opened in minute 1 of the quiet stretch, before anything changed"],
        ),
        (
            "{ minutes = 7 },",
            "{ minutes = 7 }, { minutes = 1, status = { failed = 10 } },",
            ["failed opened twice; expected: once"],
        ),
    ],
)  # fmt: skip
def test_what_is_otherwise_is_a_fault(tmp_path: Path, old: str, new: str, faults: list[str]) -> None:
    assert list(tried(tmp_path, old, new).faults) == faults


def test_passes_and_failures_are_told_with_what_opened_instead(tmp_path: Path) -> None:
    path = written(tmp_path, RULES + CASE + CASE.replace("burst", "other").replace('["failed"]', '["denied"]'))
    result = run(path)
    assert result.exit_code == 1
    told = [line.rstrip() for line in result.stdout.splitlines()]
    assert told == [
        str(path),
        "  pass  burst",
        "  FAIL  other",
        "        denied opened never; expected: once",
        "        failed opened once; expected: never",
        "        failed opened in minute 1 (critical, many): 10 in one minute; the limit is 9",
        "1 passed, 1 failed",
    ]


def test_a_failure_in_which_nothing_opened_says_so(tmp_path: Path) -> None:
    result = run(written(tmp_path, (RULES + CASE).replace("above = 9", "above = 10")))
    assert result.exit_code == 1
    assert "nothing opened" in result.stdout


def test_a_file_without_tests_passes_and_says_so(tmp_path: Path) -> None:
    result = run(written(tmp_path, RULES))
    assert result.exit_code == 0
    assert "carries no tests" in result.stdout


def test_no_test_is_tried_when_one_of_the_files_is_bad(tmp_path: Path) -> None:
    result = run("classic", written(tmp_path, RULES.replace("count", "guess")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mine.toml:3: [[rule]] method: " in result.stderr


# --- those that ship ---------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize(("name", "made"), [(name, c) for name in READY for c in read(Path(name)).cases])
def test_the_shipped_rules_pass_their_own_tests(name: str, made: Case) -> None:
    trial = try_case(made, load(Path(name)))
    assert trial.faults == (), list(trial.openings)


def test_each_shipped_file_carries_tests_of_both_kinds() -> None:
    for name in READY:
        cases = read(Path(name)).cases
        assert len(cases) >= 4
        assert {bool(c.expect) for c in cases} == {True, False}
