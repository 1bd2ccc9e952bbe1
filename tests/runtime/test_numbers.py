"""Numbers are written in one way everywhere."""

import re

from runtime.numbers import about, percent
from tests.paths import ROOT

ALERTS = {
    "processors/domain/rules/drift.py",
    "processors/domain/rules/repeated.py",
    "processors/domain/rules/share.py",
    "processors/stages/alert_words.py",
    "processors/stages/severity_words.py",
}
"""What alerts say is stored and recomputed word by word (`floodmark verify`), so it keeps the form that it had."""


def test_a_part_is_told_in_percent_with_a_blank_before_the_sign() -> None:
    assert (percent(0.0422), percent(0.0422, 2), percent(1.0, 1), percent(12.5)) == (
        "4 %",
        "4.22 %",
        "100.0 %",
        "1,250 %",
    )


def test_from_ten_on_a_number_is_whole() -> None:
    assert (about(9.949), about(9.95), about(1234.5), about(-0.01), about(3.0)) == ("9.9", "10", "1,234", "0", "3")


def test_no_other_module_writes_percents_by_itself() -> None:
    areas = ("floodmark", "processors", "producers", "runtime", "sinks")
    files = [path for area in areas for path in (ROOT / area).rglob("*.py")]
    # A format such as `{share:.2%}`.
    found = {path.relative_to(ROOT).as_posix() for path in files if re.search(r":\.\d%\}", path.read_text("utf-8"))}
    assert found == ALERTS
