"""What is wider than a phone scrolls in a box of its own, and no word of a chart is cut at its edge."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from checkout_kit import day, report
from typer.testing import CliRunner

from floodmark.analysis.checkout.chart import CHARACTER, WIDTH
from floodmark.cli import app
from producers import sample


class Boxes(HTMLParser):
    """Tables and charts of a page, and how many lie in a box that scrolls."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.depth = 0
        self.inside: list[int] = []
        self.wide: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div":
            self.depth += 1
            if given.get("class") == "scroll":
                assert given["tabindex"] == "0"
                self.inside.append(self.depth)
        if tag == "table" or (tag == "svg" and "aria-label" in given):
            self.wide.append((tag, bool(self.inside)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            if self.inside and self.inside[-1] == self.depth:
                self.inside.pop()
            self.depth -= 1


def of_a_day(folder: Path, seen: dict[int, object]) -> str:
    place = folder / "page.html"
    assert report(day(folder, seen), "--html", place).exit_code == 0
    return place.read_text("utf-8")


def test_tables_and_charts_of_a_report_scroll(tmp_path: Path) -> None:
    text = of_a_day(tmp_path, {13: 0, 14: 0})
    assert Boxes(text).wide == [("svg", True), ("table", True)]
    assert 'name="viewport" content="width=device-width' in text
    assert re.search(r"\.scroll \{[^}]*overflow-x: auto", text)


def test_tables_and_charts_of_a_back_test_scroll(tmp_path: Path) -> None:
    transactions, codes = map(str, sample.paths())
    place = tmp_path / "page.html"
    files = ["--transactions", transactions, "--auth-codes", codes, "--alerts", str(tmp_path / "a.jsonl")]
    assert CliRunner().invoke(app, ["detect", *files, "--html", str(place)]).exit_code == 0
    assert Boxes(place.read_text("utf-8")).wide == [("table", True)] + [("svg", True)] * 4


@pytest.mark.parametrize("hour", [0, 12, 22])
def test_the_words_over_an_incident_are_within_the_drawing(tmp_path: Path, hour: int) -> None:
    text = of_a_day(tmp_path, {hour: 0, hour + 1: 0})
    found = re.findall(r'<text class="label \w+" x="([\d.]+)" y="\d+" text-anchor="(\w+)">([^<]+)</text>', text)
    assert found
    for x, anchor, label in found:
        left = float(x) if anchor == "start" else float(x) - CHARACTER * len(label)
        assert left >= 0
        assert left + CHARACTER * len(label) <= WIDTH
