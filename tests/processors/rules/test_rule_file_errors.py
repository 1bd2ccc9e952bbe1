"""A rule file that cannot be used is refused by file, line and key; whatever lies in it."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processors.domain.ruleset import RuleSet
from processors.rules import RuleError, load
from tests.processors.domain.build import PROPERTY
from tests.processors.rules.rule_file_kit import changed, written
from tests.rule_texts import rule_table


def error(folder: Path, text: str) -> str:
    """What is said of this file, without the folder."""
    with pytest.raises(RuleError) as caught:
        load(written(folder, text))
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("window = 20", 'window = "20"', "rules.toml:4: [baseline] window: Expected `int`, got `str`"),
        ("window = 20", "window = 0", "rules.toml:4: [baseline] window: must be above 0; it is 0"),
        ("window = 20", "window = true", "rules.toml:4: [baseline] window: Expected `int`, got `bool`"),
        ("window = 20", "window = 99999999999", "rules.toml:4: [baseline] window: must be 1000000000 or less"),
        ("window = 20", "band = nan", "rules.toml:4: [baseline] band: must be a finite number"),
        ("window = 20", "minimum_history = -1", "rules.toml:4: [baseline] minimum_history: must be 0 or more"),
        ("window = 20", "windows = 20", "rules.toml:4: [baseline] windows: is not known here; known are: band, "),
        ("window = 20", "window = 5", "rules.toml:3: [baseline] minimum_history: is 10: a window of 5 minutes never"),
        ("resolve_after = 3", "resolve_after = 0", "rules.toml:7: [incidents] resolve_after: must be a whole number"),
        ("resolve_after = 3", "resolve_after = 1.5", "rules.toml:7: [incidents] resolve_after: must be a whole number"),
        ("resolve_after = 3", "resolve_after = true", "rules.toml:7: [incidents] resolve_after: must be a whole"),
        ("resolve_after = 3", f"resolve_after = {10**30}", "rules.toml:7: [incidents] resolve_after: must be a whole"),
        ("resolve_after = 3", "group = 1", "rules.toml:7: [incidents] group: must be true or false; it is 1"),
        (
            "[baseline]",
            "[severity]\ncritical = { share = 2 }\n[baseline]",
            "rules.toml:4: [severity] critical share: must be a part above 0, and 1 at most; it is 2",
        ),
        (
            "[baseline]",
            "[severity]\n[severity.critical]\nminutes = 0\n[baseline]",
            "rules.toml:5: [severity] critical minutes: must be a whole number from 1 to 1000000000; it is 0",
        ),
        (
            "[baseline]",
            "[severity]\ncritical = {}\n[baseline]",
            "rules.toml:4: [severity] critical: names no limit; say one or more of share, transactions, minutes and",
        ),
        ("[baseline]", "[severity]\ncritical = 75\n[baseline]", "rules.toml:4: [severity] critical: must be a table"),
        (
            "[baseline]",
            "[severity]\ncritical = { half = true }\n[baseline]",
            "rules.toml:4: [severity] critical half: is not known here; known are: amount, minutes, share, tr",
        ),
        (
            "[baseline]",
            "[severity]\nfalls_after = 61\n[baseline]",
            "rules.toml:4: [severity] falls_after: must be a whole number of minutes from 1 to 60; it is 61",
        ),
        (
            "[baseline]",
            "[severity]\nwarning = 5\n[baseline]",
            "rules.toml:4: [severity] warning: is not known here; known are: critical, falls_after, minimum_lost",
        ),
        ("[baseline]", "[facets]\nauth_code = 5\n[baseline]", "rules.toml:4: [facets] auth_code: must be the name of"),
        ("[baseline]", "[facets]\nauth_code = ''\n[baseline]", "rules.toml:4: [facets] auth_code: must be the name of"),
        (
            "[baseline]",
            "[facets]\ncode = 'a'\n[baseline]",
            "rules.toml:4: [facets] code: is not known here; known are: a",
        ),
        (
            "resolve_after = 3",
            "after = 3",
            "rules.toml:7: [incidents] after: is not known here; known are: apart, group, ",
        ),
        ("threshold = 2.5", "threshold = inf", "rules.toml:13: [[rule]] threshold: must be a finite number"),
        ("threshold = 2.5", "threshold = nan", "rules.toml:13: [[rule]] threshold: must be a finite number"),
        ("threshold = 2.5", "threshold = 0", "rules.toml:13: [[rule]] threshold: must be above 0; it is 0"),
        ("threshold = 2.5", "treshold = 2", "rules.toml:13: [[rule]] treshold: is not known here; known are: cha"),
        ("threshold = 2.5", "above = 2", "rules.toml:13: [[rule]] above: is not known here; known are: cha"),
        ("threshold = 2.5", 'severity = "bad"', "rules.toml:13: [[rule]] severity: Invalid enum value 'bad'"),
        (
            "threshold = 2.5",
            'dimension = "codes"',
            "rules.toml:13: [[rule]] dimension: must be status or auth_code; it is 'codes'",
        ),
        ('keys = ["failed"]', 'keys = "failed"', "rules.toml:12: [[rule]] keys: Expected `array`, got `str`"),
        ('keys = ["failed"]', 'keys = ["a", 1]', "rules.toml:12: [[rule]] keys: Expected `str`, got `int`"),
        ('method = "z_score"', 'method = "zz"', "rules.toml:11: [[rule]] method: must be one of comparison, count, "),
        ('method = "z_score"', "method = 7", "rules.toml:11: [[rule]] method: must be one of comparison, count, "),
        ('method = "z_score"', "", "rules.toml:9: [[rule]] method: must be one of comparison, count, "),
        ('name = "z"', "", "rules.toml:9: [[rule]] name: is missing or empty"),
        ('name = "z"', 'name = ""', "rules.toml:10: [[rule]] name: is missing or empty"),
        ('name = "share"', 'name = "z"', "rules.toml:16: [[rule]] name: the name 'z' is taken by a rule above"),
        ("warning = 0.1", "warning = 0.2", "rules.toml:18: [[rule]] warning: shares must be 0 < warning < critical"),
        ("critical = 0.2", "critical = 1.1", "rules.toml:18: [[rule]] warning: shares must be 0 < warning < critical"),
        ("critical = 0.2", "minimum_total = -1", "rules.toml:19: [[rule]] minimum_total: must be 0 or more; it is -1"),
        ('name = "mine"', "name = 5", "rules.toml:1: name: must be a text; it is 5"),
        (
            'name = "mine"',
            "nom = 5",
            "rules.toml:1: nom: is not known here; known are: baseline, calendar, facets, incidents, name, rule",
        ),
        (
            "[baseline]",
            "[base]",
            "rules.toml:3: base: is not known here; known are: baseline, calendar, facets, incidents, name, rule",
        ),
        ('name = "mine"', "name = ", "rules.toml:1: not TOML: Invalid value (at line 1, column 8)"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert error(tmp_path, changed(old, new)).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "rules.toml:1: rule: there is no [[rule]]; a rule set needs at least one"),
        ("rule = []", "rules.toml:1: rule: there is no [[rule]]; a rule set needs at least one"),
        ("rule = 5", "rules.toml:1: rule: must be tables, each headed [[rule]]"),
        ("name = 'n'\n[rule]\nname = 'a'", "rules.toml:2: rule: must be tables, each headed [[rule]]"),
        ("rule = [1]", "rules.toml:1: [[rule]]: must be a table"),
        ("name = 'n'\nbaseline = 5", "rules.toml:2: [baseline]: must be a table"),
        ("incidents = 5", "rules.toml:1: [incidents]: must be a table"),
        ("[[baseline]]", "rules.toml:1: [baseline]: must be a table"),
        ("[[rule]]\nname='a'\nmethod='count'\nabove = -1", "rules.toml:4: [[rule]] above: must be 0 or more; it is -1"),
        ("\nbaseline = { window = 0 }", "rules.toml:2: [baseline] window: must be above 0"),
        ("\nbaseline.window = 0", "rules.toml:2: [baseline] window: must be above 0"),
    ],
)
def test_other_forms_of_the_same_are_read_or_refused_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("method", "setting", "said"),
    [
        ("share_tail", 'dimension = "volume"', "dimension: must be status or auth_code; it is 'volume'"),
        ("silence", 'dimension = "volume"', "dimension: must be status or auth_code; it is 'volume'"),
        ("volume_drop", 'dimension = "status"', "dimension: must be volume; it is 'status'"),
        ("share_tail", "drift = 0.0", "drift: must be above 0"),
        ("silence", "drift_at_first = 0.0", "drift_at_first: must be above 0"),
        ("volume_drop", "strength = 0", "strength: must be above 0"),
        ("share_tail", "critical = 6.5", "strength: must be below critical; they are 6.5 and 6.5"),
        ("share_tail", "windows = []", "windows: must be minutes from 2 to 60, ascending; they are []"),
        ("share_tail", "windows = [1, 5]", "windows: must be minutes from 2 to 60, ascending; they are [1, 5]"),
        ("silence", "windows = [5, 61]", "windows: must be minutes from 2 to 60, ascending; they are [5, 61]"),
        ("volume_drop", "windows = [5, 5]", "windows: must be minutes from 2 to 60, ascending; they are [5, 5]"),
        ("volume_drop", "windows = [-5]", "windows: must be 0 or more; it is -5"),
        ("volume_drop", "effects_short = [nan, 1.0]", "effects_short: must be a finite number; it is nan"),
    ],
)
def test_a_setting_that_a_rule_on_tails_cannot_work_with_is_refused(
    tmp_path: Path, method: str, setting: str, said: str
) -> None:
    text = rule_table("a", method) + f"{setting}\n"
    assert f"[[rule]] {said}" in error(tmp_path, text)


def test_a_line_inside_a_text_is_not_taken_for_a_header_or_a_key(tmp_path: Path) -> None:
    text = changed('name = "z"', 'name = "z"\nrunbook = """\n[[rule]]\nname = 5\n"""')
    assert error(tmp_path, text.replace('name = "share"', "name = 5")).startswith("rules.toml:20: [[rule]] name: ")


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"nothing\.toml: cannot be read: No such file or directory\. Name an existing"):
        load(tmp_path / "nothing.toml")


def test_a_folder_is_not_a_rule_file(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        load(tmp_path)


values = st.recursive(
    st.one_of(
        st.integers(),
        st.sampled_from([0, -1, 1, 2, 10**20, "true", "false", "inf", "nan", "-0.0", "1e999", "1979-05-27"]),
        st.floats(0, 2),
        st.sampled_from(
            [
                '"failed"',
                '"count"',
                '"share"',
                '"z_score"',
                '"share_tail"',
                '"silence"',
                '"volume_drop"',
                '"status"',
                '""',
                '"critical"',
            ]
        ),
    ).map(str),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        inner.map(lambda item: f"{{ name = {item} }}"),
    ),
    max_leaves=4,
)
NAMES = ["name", "method", "keys", "dimension", "severity", "window", "minimum_history", "minimum_count", "threshold"]
NAMES += ["strength", "windows", "effects_short", "excluded", "drift", "group", "auth_code"]
NAMES += ["warning", "critical", "minimum_total", "above", "band", "relearn_after", "include_current", "resolve_after"]
HEADERS = [
    "[[rule]]",
    "[rule]",
    "[facets]",
    "[baseline]",
    "[incidents]",
    "rule",
    "baseline",
    "[[incidents]]",
    "[other]",
    "",
]
lines = st.one_of(
    st.sampled_from(HEADERS),
    st.tuples(st.sampled_from([*NAMES, "rule", "baseline", "incidents"]), values).map(" = ".join),
)
files = st.one_of(
    st.binary(max_size=60),
    st.lists(lines, max_size=10).map("\n".join).map(str.encode),
    st.lists(
        st.tuples(st.sampled_from(NAMES), values).map(" = ".join), max_size=5, unique_by=lambda s: s.split()[0]
    ).map(lambda settings: "\n".join(["[[rule]]", *settings]).encode()),
)


@PROPERTY
@given(files)
@example(b"a = " + b"[" * 5_000)
@example(b"a = " + b"9" * 5_000)
@example(b'[[rule]]\nname = "a"\nmethod = "count"\nabove = ' + b"9" * 400)
@example(b'[[rule]]\nname = "a"\nmethod = "z_score"\nthreshold = ' + b"9" * 400)
@example(b'[[rule]]\nname = "a"\nmethod = "z_score"\nthreshold = -' + b"9" * 400)
@example(b"\xff\xfe")
@example(b'[[rule]]\nname = "\\ud800"')
def test_any_file_is_a_rule_set_or_a_rule_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    try:
        answer: object = load(path)
    except RuleError as exc:
        answer = exc
    assert isinstance(answer, RuleSet) or str(answer).startswith(f"{path}:")
