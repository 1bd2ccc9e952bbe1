"""`floodmark scorecard --feeds` and `floodmark simulate --feed`: feeds are named, judged, shown and published."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from producers.simulate.feeds.catalogue import FEEDS

PLACE = "# Made up\n\n<!-- feeds -->\nfrom before\n<!-- /feeds -->\n\nThe end.\n"


def floodmark(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def scorecard(*words: str | Path) -> Result:
    return floodmark("scorecard", "--rules", "thresholds", "--feeds", *words)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command is given; paths in what it publishes are seen from here."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.story
def test_a_feed_is_scored_shown_and_published_with_the_command_that_does_it(tmp_path: Path) -> None:
    readme = tmp_path / "CARD.md"
    readme.write_text(PLACE)
    result = scorecard("--quick", "--feed", "newcomer_20", "--pages", "--write", readme)
    assert result.exit_code == 0, result.output
    assert "new status at 20 a minute: within 3 min" in result.stdout
    assert "missed in newcomer_20, seed 2: day " in result.stdout
    text = readme.read_text()
    assert text.startswith("# Made up\n\n<!-- feeds -->\n\nRules thresholds ")
    assert text.endswith("|\n\n<!-- /feeds -->\n\nThe end.\n")
    command = "floodmark scorecard --feeds --seeds 2 --feed newcomer_20 --rules thresholds --write CARD.md"
    assert f"\n    {command}\n" in text
    assert "| measure | must | aim | mean | spread | result |" in text
    assert "from before" not in text
    (line,) = [line for line in text.splitlines() if line.startswith("| new status at 20 a minute")]
    assert line == "| new status at 20 a minute: within 3 min | ≥ 1 | ≥ 1 | 0.000 | 0.000 | missed |"


@pytest.mark.story
def test_a_card_that_was_stopped_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    words = ("--feed", "newcomer_20", "--resume", tmp_path / "runs")
    assert scorecard(*words, "--seeds", "1").exit_code == 0
    (kept,) = (tmp_path / "runs").iterdir()
    assert kept.name.startswith("newcomer_20.1.")
    # What is kept is believed: were it judged again, this would be lost.
    kept.write_bytes(kept.read_bytes().replace(b'"cpu_s":', b'"cpu_s":600.0,"was":'))
    result = scorecard(*words, "--seeds", "2", "--write", _card(tmp_path))
    assert "judging took 10." in result.stdout
    assert len([*(tmp_path / "runs").iterdir()]) == 2
    command = "floodmark scorecard --feeds --seeds 2 --feed newcomer_20 --rules thresholds --write CARD.md"
    assert f"\n    {command}\n" in (tmp_path / "CARD.md").read_text()


def _card(folder: Path) -> Path:
    card = folder / "CARD.md"
    card.write_text(PLACE)
    return card


def test_a_feed_that_is_not_there_is_refused() -> None:
    result = scorecard("--feed", "bulk7")
    assert result.exit_code == 2
    assert "there is no feed 'bulk7'; the feeds are steady, bulk5" in result.stderr


def test_a_file_without_a_place_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    (tmp_path / "CARD.md").write_text("<!-- scorecard -->\n<!-- /scorecard -->\n")
    result = scorecard("--write", tmp_path / "CARD.md")
    assert result.exit_code == 2
    assert "needs one line <!-- feeds --> and after it one line <!-- /feeds -->" in result.stderr


@pytest.mark.parametrize("words", [[], ["--feeds", "--sets", "."]])
def test_either_sets_or_feeds_are_scored(words: list[str]) -> None:
    result = floodmark("scorecard", *words)
    assert result.exit_code == 2
    assert "give either --sets FOLDER or --feeds" in result.stderr


def test_all_feeds_are_named() -> None:
    result = floodmark("simulate", "--feeds")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(FEEDS)


def test_a_feed_is_written_with_its_labels(tmp_path: Path) -> None:
    result = floodmark("simulate", "--feed", "tiny_denied", "--seed", "2", "--out", tmp_path / "feed")
    assert result.exit_code == 0, result.output
    assert "30,240 minutes of tiny_denied, 1 events" in result.stderr
    names = [label["type"] for label in json.loads((tmp_path / "feed" / "labels.json").read_text())]
    assert names == ["scope", "warmup", "denied_all"]


@pytest.mark.parametrize(
    "words", [["--feed", "tiny"], ["--feed", "tiny", "--publish"], ["--feed", "none", "--out", "x"]]
)
def test_a_feed_that_cannot_be_written_is_refused(words: list[str]) -> None:
    assert floodmark("simulate", *words).exit_code == 2
