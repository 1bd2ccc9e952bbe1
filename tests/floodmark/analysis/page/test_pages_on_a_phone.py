"""What is wider than a phone scrolls in a box of its own, and no word of a chart is cut at its edge.

Where there is a Chromium, the pages are opened in it as well.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floodmark.analysis.checkout.chart import FRAME
from floodmark.analysis.page import render
from floodmark.analysis.page.chart import CHARACTER
from floodmark.cli import app
from producers import sample
from tests.floodmark.analysis.checkout.checkout_kit import day, report
from tests.floodmark.analysis.page.phone_kit import CHROMIUM, HEIGHT, WIDTH, Phone, phone


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


def of_a_back_test(folder: Path) -> Path:
    transactions, codes = map(str, sample.paths())
    place = folder / "page.html"
    files = ["--transactions", transactions, "--auth-codes", codes, "--alerts", str(folder / "a.jsonl")]
    assert CliRunner().invoke(app, ["detect", *files, "--html", str(place)]).exit_code == 0
    return place


@pytest.fixture(scope="module")
def back_test(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_a_back_test(tmp_path_factory.mktemp("back test"))


def test_tables_and_charts_of_a_back_test_scroll(back_test: Path) -> None:
    assert Boxes(back_test.read_text("utf-8")).wide == [("table", True)] + [("svg", True)] * 4


@pytest.mark.parametrize("hour", [0, 12, 22])
def test_the_words_over_an_incident_are_within_the_drawing(tmp_path: Path, hour: int) -> None:
    text = of_a_day(tmp_path, {hour: 0, hour + 1: 0})
    found = re.findall(r'<text class="label \w+" x="([\d.]+)" y="\d+" text-anchor="(\w+)">([^<]+)</text>', text)
    assert found
    for x, anchor, label in found:
        left = float(x) if anchor == "start" else float(x) - CHARACTER * len(label)
        assert left >= 0
        assert left + CHARACTER * len(label) <= FRAME.width


@pytest.fixture(scope="module")
def in_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    with phone(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")
@pytest.mark.browser
class TestInChromium:
    def test_a_page_does_not_move_sideways_and_what_is_wide_does(
        self, in_hand: Phone, back_test: Path, tmp_path: Path
    ) -> None:
        of_a_day(tmp_path, {13: 0, 14: 0})
        report_page = (tmp_path / "page.html").rename(tmp_path / f"{'a-long-name' * 12}.html")
        for page, boxes in ((report_page, 2), (back_test, 5)):
            seen = in_hand.open(page)
            assert (seen["screen"], seen["width"], seen["across"], seen["outside"]) == (WIDTH, WIDTH, 0, [])
            assert len(seen["boxes"]) == boxes
            for box in seen["boxes"]:
                assert 0 <= box["left"] < box["right"] <= WIDTH
                assert box["moved"] == box["hidden"] > 100

    def test_the_first_column_stays_where_a_table_is_moved(self, in_hand: Phone, tmp_path: Path) -> None:
        of_a_day(tmp_path, {13: 0, 14: 0})
        in_hand.open(tmp_path / "page.html")
        at = "document.querySelector('tbody td').getBoundingClientRect().left"
        before = in_hand.evaluate(at)
        after = in_hand.evaluate(f"document.querySelector('table').parentElement.scrollLeft = 200, {at}")
        assert before == after

    def test_a_long_word_is_broken(self, in_hand: Phone, tmp_path: Path) -> None:
        place = tmp_path / "words.html"
        values = {"files": "f", "extent": "e", "incidents": [], "not_drawn": 0, "drawn_at_most": 0}
        text = render.page("incidents.html", "words", headline="x" * 500, summary=["merchant-" * 80], **values)
        place.write_text(text, "utf-8")
        seen = in_hand.open(place)
        assert (seen["width"], seen["across"], seen["outside"]) == (WIDTH, 0, [])
        assert in_hand.evaluate("innerHeight") == HEIGHT
