"""`floodmark detect --html`: a page that stands alone, with a table of the incidents and a chart of each."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from floodmark.analysis.backtest.strips import AFTER, BEFORE, MAX_MINUTES, Point, Strips
from processors.domain.incidents.incident import Incident
from processors.domain.ruleset import RuleSet
from processors.domain.window import minute_of
from processors.offline import OfflineRow, judge_rows
from processors.rules import load
from runtime.numbers import about
from tests.floodmark.analysis.backtest.detect_kit import BURST, HEADER, QUIET, detect, judged, lines, said, traffic
from tests.rule_texts import many

VOID = {"meta"}
FIRST = minute_of(1_752_451_200_000)
"""A Monday at midnight."""


class Page(HTMLParser):
    """The tags of a page; each that opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.cells.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def drawn(folder: Path, *words: str | Path) -> tuple[str, Page]:
    place = folder / "page.html"
    result = judged("--transactions", traffic(folder), "--alerts", folder / "a.jsonl", "--html", place, *words)
    assert f"The page is in {place}." in said(result)
    text = place.read_text("utf-8")
    return text, Page(text)


def rows(counts: list[dict[str, int]], scope: str = "all") -> list[OfflineRow]:
    """Rows of one minute after another; a minute without counts has no rows."""
    return [
        OfflineRow((FIRST + minute) * 60_000, status, None, count, scope, 0)
        for minute, held in enumerate(counts)
        for status, count in held.items()
    ]


def strips_of(made: list[OfflineRow], rules: RuleSet) -> list[tuple[Incident, list[Point]]]:
    strips, last = Strips(), {}
    for finding in judge_rows(made, rules):
        strips.take(finding)
        last |= {s.stated.incident.id: s.stated.incident for s in finding.statements}
    return [(incident, strips.of(incident)) for incident in last.values()]


# --- the minutes around an incident ------------------------------------------


def test_a_strip_holds_the_leading_series_from_before_the_incident_to_after_it() -> None:
    counts = [{"approved": 100, "failed": 20 if 100 <= m < 110 else 0} for m in range(200)]
    ((incident, strip),) = strips_of(rows(counts), load(Path("thresholds")))
    assert incident.since == FIRST + 100
    assert [p.minute for p in strip] == list(range(incident.since - BEFORE, incident.last_seen + AFTER + 1))
    assert [p.count for p in strip] == [0] * BEFORE + [20] * 10 + [0] * (incident.last_seen - FIRST - 109 + AFTER)
    assert strip[0].expected == strip[0].low == 0


@pytest.mark.story
def test_a_strip_is_the_same_when_its_minutes_come_in_many_batches() -> None:
    """One row a transaction makes some twenty batches."""
    counts = [{"approved": 1_000, "failed": 30 if 150 <= m < 190 else 1} for m in range(400)]
    whole = rows(counts)
    single = [row._replace(count=1) for row in whole for _ in range(row.count)]
    rules = load(Path("thresholds"))
    told = [(incident.id, strip) for incident, strip in strips_of(whole, rules)]
    assert told
    assert [(incident.id, strip) for incident, strip in strips_of(single, rules)] == told


def test_a_strip_of_a_long_incident_ends_after_some_hours() -> None:
    counts = [{"approved": 100, "failed": 20 if m >= 60 else 0} for m in range(1000)]
    ((incident, strip),) = strips_of(rows(counts), load(Path("thresholds")))
    assert not incident.resolved
    assert [p.minute for p in strip] == list(range(incident.since - BEFORE, incident.since - BEFORE + MAX_MINUTES))


def test_a_strip_of_the_volume_shows_minutes_without_any_transaction_as_zero() -> None:
    counts = [{} if 240 <= m < 250 else {"approved": 180, "denied": 12} for m in range(280)]
    ((incident, strip),) = strips_of(rows(counts), load())
    assert incident.dimension == "volume"
    held = {p.minute - FIRST: p for p in strip}
    assert {held[m].count for m in range(240, 250)} == {0}
    assert {held[m].count for m in range(220, 240)} == {192}
    band = held[incident.seen.minute - FIRST]
    assert band.low is not None
    assert band.high is not None
    assert band.low < 192 < band.high


# --- the page ----------------------------------------------------------------


def test_the_page_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_RUNBOOKS", "https://wiki.example")
    text, page = drawn(tmp_path)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not any("src" in attributes for _, attributes in page.tags)
    links = {str(a["href"]) for a in page.all("a")}
    assert links == {
        "#i1",
        "https://wiki.example/failed-count.md",
        "https://wiki.example/z-score.md",
    }
    assert set(re.findall(r"https?://[^\"<]*", text)) == links - {"#i1"} | {"http://www.w3.org/2000/svg"}
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_where_no_address_is_set_the_page_names_the_commands_that_print_the_runbooks(tmp_path: Path) -> None:
    text, page = drawn(tmp_path)
    assert {a["href"] for a in page.all("a")} == {"#i1"}
    assert "Runbook: <code>floodmark runbook z-score</code>, <code>floodmark runbook failed-count</code>" in text


def test_the_page_tells_each_incident_in_the_table_and_draws_it(tmp_path: Path) -> None:
    text, page = drawn(tmp_path)
    assert '<h1 class="bad">1 incident in 0.0 days</h1>' in text
    lost = str(BURST - 5)
    first = f"2025-07-12 12:{QUIET}"
    assert page.cells == ["1", first, f"12:{QUIET}", "failed", "critical", lost, "failed_count, z_score"]
    assert f"1. failed, 2025-07-12 12:{QUIET} to 12:{QUIET} UTC" in text
    (chart,) = page.all("svg")
    assert chart["aria-label"] == f"1. failed, 2025-07-12 12:{QUIET} to 12:{QUIET} UTC"
    (point,) = page.all("circle")
    assert f"<title>12:{QUIET}: {BURST} seen, 0 expected (0 to 0)</title>" in text
    (shade,) = [r for r in page.all("rect") if r["class"] == "shade incident"]
    left, width = float(shade["x"] or 0), float(shade["width"] or 0)
    assert left < float(point["cx"] or 0) < left + width
    assert "line seen thin" in {str(path["class"]) for path in page.all("path")}
    assert page.all("polygon")
    assert f"{BURST} in one minute; the limit is 5" in text


def test_what_was_lost_is_told_gross_and_net_of_what_came_back(tmp_path: Path) -> None:
    counts, place = [100] * 90 + [0] * 10 + [180] * 10 + [100] * 60, tmp_path / "outage.csv"
    times = (f"2025-07-12 {12 + minute // 60}:{minute % 60:02}:00" for minute in range(len(counts)))
    place.write_text(HEADER + "".join(f"{at},approved,{n}\n" for at, n in zip(times, counts, strict=True) if n))
    page, out = tmp_path / "page.html", tmp_path / "a.jsonl"
    judged("--transactions", place, "--alerts", out, "--html", page, "--rules", "default")
    loss = lines(out)[-1]["estimated_loss"]
    assert 900 <= loss["transactions"] <= 1_100
    assert 700 <= loss["regained_transactions"] <= 900
    text = f"{about(loss['transactions'])}, net {about(loss['net_transactions'])}"
    assert text in Page(page.read_text("utf-8")).cells
    assert f"Transactions lost: {text}." in page.read_text("utf-8")


def test_a_page_without_incidents_says_so(tmp_path: Path) -> None:
    rules = tmp_path / "deaf.toml"
    rules.write_text(many(999, keys=()))
    text, page = drawn(tmp_path, "--rules", rules)
    assert '<h1 class="quiet">0 incidents in 0.0 days</h1>' in text
    assert page.all("table") == page.all("svg") == []


def test_words_of_others_are_text_on_the_page_and_links_are_links_only(tmp_path: Path) -> None:
    rules, source = tmp_path / "odd.toml", tmp_path / "odd.csv"
    rules.write_text(
        many(5, keys=(), name="<b>many</b>") + 'recommendation = "<script>x</script>"\nrunbook = "javascript:x()"\n'
    )
    source.write_text(HEADER + '2025-07-12 12:00:00,"<i>""odd",9\n')
    place = tmp_path / "page.html"
    judged("--transactions", source, "--alerts", tmp_path / "a", "--html", place, "--rules", rules)
    page = Page(place.read_text("utf-8"))
    assert not {"script", "b", "i"} & {tag for tag, _ in page.tags}
    assert "<b>many</b>" in page.cells
    assert {a["href"] for a in page.all("a")} == {"#i1"}


def test_the_same_rows_make_the_same_page(tmp_path: Path) -> None:
    assert drawn(tmp_path)[0] == drawn(tmp_path)[0]


@pytest.mark.parametrize(("place", "why"), [("a.jsonl", "both alerts and the page"), ("none/p", "there is no folder")])
def test_a_page_without_a_place_of_its_own_is_refused(tmp_path: Path, place: str, why: str) -> None:
    result = detect(
        "--transactions", traffic(tmp_path), "--alerts", tmp_path / "a.jsonl", "--html", tmp_path / place
    )  # fmt: skip
    assert result.exit_code == 2
    assert why in said(result)
    assert not (tmp_path / "a.jsonl").exists()


def test_a_page_that_cannot_be_written_leaves_nothing_of_the_results(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    result = detect("--transactions", traffic(tmp_path), "--alerts", tmp_path / "a.jsonl", "--html", "/dev/full")
    assert result.exit_code == 1
    assert "/dev/full cannot be written" in said(result)
    assert not (tmp_path / "a.jsonl").exists()
