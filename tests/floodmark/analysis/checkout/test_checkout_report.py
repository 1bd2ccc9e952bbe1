"""`floodmark report checkout` over days made here: what it tells, and in which forms."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.floodmark.analysis.checkout.checkout_kit import HEADER, as_json, day, report, told


def test_an_ordinary_day_is_told_as_such(tmp_path: Path) -> None:
    text = told(day(tmp_path))
    assert "No incident: every hour is within what earlier days let expect." in text
    assert "All hours together, the day saw 100 % of what was expected" in text


def test_an_outage_is_told_with_its_loss_and_that_nothing_came_back(tmp_path: Path) -> None:
    file = day(tmp_path, {13: 0, 14: 0, 15: 0})
    text = told(file)
    assert "1 incident: Outage 13–15 h, no rebound." in text
    assert "0 seen where about 120 were expected" in text
    assert "Since 13 h; the hour before was in line." in text
    assert "Gross loss: about 120 (" in text
    assert "No rebound: 16 h saw 40 of 40 expected. The net loss is the gross loss, about 120." in text
    (incident,) = as_json(file)["incidents"]
    assert (incident["gross_loss"], incident["net_loss"], incident["gross_excess"]) == (120, 120, None)


def test_what_comes_back_is_taken_off_the_loss(tmp_path: Path) -> None:
    (incident,) = as_json(day(tmp_path, {13: 1, 14: 2, 15: 99}))["incidents"]
    assert (incident["kind"], incident["gross_loss"], incident["net_loss"]) == ("drop", 77, 18)
    assert incident["rebound"]["hours"] == [15]
    assert "So about 59 came back, and the net loss is about 18." in incident["sentences"]["after"]


@pytest.mark.parametrize(("back", "word"), [(50, "Possibly"), (65, "Probably"), (150, "Surely")])
def test_a_rebound_is_told_as_surely_as_it_is_known(tmp_path: Path, back: int, word: str) -> None:
    (incident,) = as_json(day(tmp_path, {13: 0, 14: 0, 15: back}))["incidents"]
    assert incident["sentences"]["after"].startswith(f"{word} a rebound: 15 h {back} of 40")


def test_an_incident_at_the_end_may_be_going_on(tmp_path: Path) -> None:
    text = told(day(tmp_path, {22: 0, 23: 0}))
    assert "1 incident: Outage 22–23 h. " in text
    assert "Until 23 h at least: no later hour is known, so it may be going on." in text
    assert "Whether anything comes back is not known yet." in text


def test_an_outage_of_the_whole_day_leaves_no_hour_to_compare_with(tmp_path: Path) -> None:
    answer = as_json(day(tmp_path, dict.fromkeys(range(24), 0)))
    assert answer["headline"] == "1 incident: Outage 00–23 h."
    assert answer["share_of_expected_elsewhere"] is None
    assert answer["incidents"][0]["gross_loss"] == 24 * 40


def test_an_incident_from_the_first_hour_on_may_have_begun_before(tmp_path: Path) -> None:
    assert "Since 00 h or before." in told(day(tmp_path, {0: 0, 1: 0}))


def test_hours_without_a_count_are_not_zero(tmp_path: Path) -> None:
    file = day(tmp_path, {20: "", 21: "", 22: ""}, hours=range(23))
    answer = as_json(file)
    assert answer["incidents"] == []
    assert [hour["role"] for hour in answer["hours"][19:]] == ["in line", "not judged", "not judged", "not judged"]
    assert "Not judged, for nothing is known of them (which is not zero): 20 h, 21 h, 22 h, 23 h." in told(file)


def test_a_surge_is_told_as_too_many_and_not_as_a_loss(tmp_path: Path) -> None:
    (incident,) = as_json(day(tmp_path, {11: 200, 12: 210}))["incidents"]
    assert (incident["kind"], incident["hours"], incident["gross_excess"]) == ("rise", [11, 12], 330)
    assert (incident["gross_loss"], incident["net_loss"], incident["rebound"]) == (None, None, None)
    assert incident["sentences"]["how much"] == "About 330 too many."


def test_several_incidents_are_told_one_after_the_other(tmp_path: Path) -> None:
    answer = as_json(day(tmp_path, {5: 0, 6: 0, 18: 0}))
    assert answer["headline"] == "2 incidents: Outage 05–06 h, no rebound; Outage 18 h, no rebound."
    assert [incident["hours"] for incident in answer["incidents"]] == [[5, 6], [18]]


def test_a_busier_day_than_usual_is_said_to_be_one(tmp_path: Path) -> None:
    text = told(day(tmp_path, dict.fromkeys(range(24), 55)))
    assert "No incident" in text
    assert "the day saw 138 % of what was expected: a busier day than those it is compared with" in text


def test_a_quieter_day_than_usual_is_said_to_be_one(tmp_path: Path) -> None:
    assert "the day saw 75 % of what was expected: a quieter day" in told(day(tmp_path, dict.fromkeys(range(24), 30)))


def test_a_spoilt_yesterday_is_named_and_left_out(tmp_path: Path) -> None:
    text = told(day(tmp_path, yesterday={8: 0, 9: 2}))
    assert "No incident" in text
    assert "Yesterday is left out at 08 h (0) and 09 h (2)" in text


def test_averages_alone_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("hour,today,avg_last_week\n" + "".join(f"{h},{0 if h == 9 else 40},40\n" for h in range(24)))
    text = told(file)
    assert "Outage 09 h" in text
    assert "assumed, for no two earlier days can be compared" in text
    assert "Expected is the average of last week." in text


@pytest.mark.parametrize(
    "text",
    [
        "Time,Today,Yesterday,Same Day Last-Week\n08h 00,0,40,40\n07h,41,40,40\n9,39,40,40\n10:00,40,40,40\n",
        "\ufeffhour;today;yesterday;same_weekday_last_week\r\n8;0;40,0;40\r\n07:00:00;41.0;40;40\r\n9h;39;40;40\r\n\r\n10h;40;40;40\r\n",
        "note\thour\ttoday\tyesterday\tsame_day_last_week\nx\t8\t0\t40\t40\n\t7\t41\t40\t40\n\t9\t39\t40\t40\n\t10\t40\t40\t40\n",
    ],
)
def test_headers_separators_and_hours_may_be_written_in_other_ways(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(text, newline="")
    answer = as_json(file)
    assert [(hour["hour"], hour["seen"]) for hour in answer["hours"]] == [(7, 41), (8, 0), (9, 39), (10, 40)]
    assert answer["hours"][1]["baselines"] == {"yesterday": 40, "same_day_last_week": 40}
    assert any("Ignored the columns" in note for note in answer["notes"]) == text.startswith("note")


def test_page_and_terminal_tell_in_the_same_words_how_far_off_an_hour_was(tmp_path: Path) -> None:
    file, page = day(tmp_path, {13: 10, 20: 400}), tmp_path / "page.html"
    text, written = told(file, "--html", page), page.read_text()
    for off in ("-75 %", "+900 %"):
        assert off in text
        assert f">{off}</td>" in written


class _Page(HTMLParser):
    """Whether all that opens closes, and which attributes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def classes(self, tag: str) -> list[str]:
        return [attributes.get("class") or "" for name, attributes in self.tags if name == tag]


def drawn(file: Path, folder: Path) -> tuple[str, _Page]:
    place = folder / "page.html"
    result = report(file, "--html", place)
    assert (result.exit_code, result.stderr) == (0, f"The page is in {place}.\n")
    text = place.read_text("utf-8")
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return text, page


def test_the_page_stands_alone(tmp_path: Path) -> None:
    text, page = drawn(day(tmp_path, {13: 0}), tmp_path)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not any({"src", "href"} & set(attributes) for _, attributes in page.tags)
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_the_page_shows_lines_band_and_shaded_incidents(tmp_path: Path) -> None:
    text, page = drawn(day(tmp_path, {12: 22, 13: 0, 14: 0, 15: 70}), tmp_path)
    assert {"line seen", "line expected", "line yesterday", "line lastweek"} <= set(page.classes("path"))
    shades = [name for name in page.classes("rect") if name.startswith("shade")]
    assert shades in (["shade incident", "shade rebound"], ["shade edge", "shade incident", "shade rebound"])
    assert page.classes("circle").count("point incident") == 2
    assert page.classes("polygon") == ["band"]
    assert "<title>13 h: 0 seen, 40 expected (" in text
    assert "Outage 13–14 h, rebound 15 h" in text


def test_the_page_does_not_draw_what_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("time,today,yesterday\n0,40,40\n1,40,\n2,,40\n3,40,40\n4,41,\n")
    _, page = drawn(file, tmp_path)
    assert page.classes("polygon") == ["band", "band"]
    assert page.classes("circle") == ["point "] * 4
    assert page.classes("path").count("line lastweek") == 0
    seen = next(attributes["d"] for tag, attributes in page.tags if attributes.get("class") == "line seen")
    assert seen is not None
    assert seen.count("M") == 2


def test_names_of_files_are_escaped_on_the_page(tmp_path: Path) -> None:
    file = tmp_path / "<b>&.csv"
    file.write_text(HEADER + "0,40,40,40,40,40\n")
    text, _ = drawn(file, tmp_path)
    assert "&lt;b&gt;&amp;.csv" in text
    assert "<b>" not in text


@pytest.mark.parametrize("count", [0, 1, 37, 70_000])
def test_shops_of_any_size_have_an_axis_of_round_numbers(tmp_path: Path, count: int) -> None:
    file = tmp_path / "c.csv"
    file.write_text("time,today,yesterday\n" + "".join(f"{hour},{count},{count}\n" for hour in range(3)))
    text, _ = drawn(file, tmp_path)
    axis = [int(n.replace(",", "")) for n in re.findall(r'text-anchor="end">([0-9,]+)<', text)]
    assert axis == [axis[-1] * step // 4 for step in range(5)]
    assert axis[-1] > count
