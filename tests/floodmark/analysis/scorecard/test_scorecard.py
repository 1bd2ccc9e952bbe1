"""`floodmark scorecard`: sets are judged, scored by the judge that lies beside them, and published with the command."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from tests.paths import SHARED_FILES

REAL = SHARED_FILES / "detection"

JUDGE = '''
"""Calls every labelled minute found in which anything fires; sets with "broken" labels end it."""
import json, sys

words = sys.argv[1:]
out = words[words.index("--json") + 1]
at = [i for i, word in enumerate(words) if word == "--set"]


def scores(pairs):
    labels = found = pages = 0
    for alerts, path in pairs:
        wanted = json.load(open(path))
        if wanted == "broken":
            sys.exit("labels that nobody can read")
        said = [json.loads(line) for line in open(alerts)]
        fired = {one["timestamp"][:16] for one in said if one["state"] == "firing"}
        labels, found, pages = labels + len(wanted), found + len(fired & set(wanted)), pages + len(fired)
    recall = found / labels
    return {
        "incidents": labels, "precision": 1.0, "recall": recall, "f1": 0.5, "recall_5m": recall,
        "median_delay": 0.0 if found else None, "p90_delay": 1.25 if found else None, "false_per_day": 0.124,
        "pages_per_incident": pages / labels,
        "by_type": {"failed_burst": {
            "n": labels, "detected": found, "recall": recall, "recall_5m": recall, "median_delay": None}},
        "missed": [] if found else [{"id": 1, "type": "failed_burst", "status": "failed", "start": "2025-07-12T12:12"}],
    }


said = {words[i + 1]: scores([(words[i + 2], words[i + 3])]) for i in at}
if len(at) > 1:
    said["all"] = scores([(words[i + 2], words[i + 3]) for i in at])
json.dump(said, open(out, "w"))
'''

PLACE = "# Made up\n\n<!-- scorecard -->\nfrom before\n<!-- /scorecard -->\n\nThe end.\n"


def add_set(folder: Path, name: str, labels: object, *, packed: bool = False) -> None:
    """Twelve quiet minutes, one with nine failures, and eight quiet ones again."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "labels.json").write_text(json.dumps(labels))
    failed = [0] * 12 + [9] + [0] * 8
    rows = [
        f"2025-07-12 12:{minute:02}:00,{key},{count}\n"
        for minute, failures in enumerate(failed)
        for key, count in (("approved", 100), ("failed", failures))
    ]
    text = "timestamp,status,count\n" + "".join(rows)
    if packed:
        (place / "transactions.csv.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (place / "transactions.csv").write_text(text)


def made(folder: Path) -> Path:
    """Two sets in a group, one that stands alone, and a judge."""
    add_set(folder, "public/one", ["2025-07-12T12:12"])
    add_set(folder, "public/two", ["2025-07-12T12:03"], packed=True)
    add_set(folder, "alone", ["2025-07-12T12:12"])
    (folder / "evaluate.py").write_text(JUDGE)
    return folder


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    return made(tmp_path / "sets")


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(PLACE)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command is given; paths in what it publishes are seen from here."""
    monkeypatch.chdir(tmp_path)


def scorecard(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["scorecard", "--rules", "thresholds", *map(str, words)])


@dataclass(frozen=True)
class Published:
    """What came of the command: what it said, the file it wrote, the alerts it kept."""

    result: Result
    text: str
    kept: list[str]
    again: str
    """The file after the same once more."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The command on all sets, once: each is judged by a process of its own."""
    folder = tmp_path_factory.mktemp("published")
    made(folder / "sets")
    readme = folder / "README.md"
    readme.write_text(PLACE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = ("--sets", folder / "sets", "--write", readme)
        result = scorecard(*words, "--alerts", folder / "kept")
        text = readme.read_text()
        scorecard(*words, "--alerts", folder / "kept")
    return Published(result, text, sorted(path.name for path in (folder / "kept").iterdir()), readme.read_text())


@pytest.mark.story
def test_each_set_has_its_row_and_those_of_a_group_are_also_scored_together(published: Published) -> None:
    assert published.result.exit_code == 0, published.result.output
    rows = {line.split("  ")[0]: line.split()[-9:] for line in published.result.stdout.splitlines()}
    assert rows["alone"] == ["1", "1.000", "1.000", "0.500", "1.000", "0", "1.2", "0.12", "1"]
    assert rows["public/two"] == ["1", "1.000", "0.000", "0.500", "0.000", "–", "–", "0.12", "1"]
    assert rows["public together"][:3] == ["2", "1.000", "0.500"]
    assert rows["failed burst"][-5:-3] == ["3", "2"]


@pytest.mark.story
def test_what_was_missed_is_named(published: Published) -> None:
    said = published.result.stdout
    assert "missed in public/two: failed_burst of failed, 2025-07-12T12:12" in said
    assert said.count("missed in") == 1


@pytest.mark.story
def test_the_tables_go_between_the_markers_with_the_command_that_made_them(published: Published) -> None:
    text = published.text
    assert text.startswith("# Made up\n\n<!-- scorecard -->\n\nRules thresholds ")
    assert text.endswith("|\n\n<!-- /scorecard -->\n\nThe end.\n")
    assert "\n    floodmark scorecard --sets sets --rules thresholds --write README.md\n" in text
    assert "\n| alone | 1 | 1.000 | 1.000 | 0.500 | 1.000 | 0 | 1.2 | 0.12 | 1 |\n" in text
    assert "\n| failed burst | 3 | 2 | 0.667 | 0.667 | – |\n" in text
    assert "from before" not in text


@pytest.mark.story
def test_publishing_again_changes_nothing(published: Published) -> None:
    assert published.again == published.text


@pytest.mark.story
def test_alerts_are_kept_when_asked_for(published: Published) -> None:
    assert published.kept == ["alone.jsonl", "public.one.jsonl", "public.two.jsonl"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = scorecard("--sets", tmp_path / "gone")
    assert result.exit_code == 2
    assert (
        f"{tmp_path / 'gone'} is no folder; name the one that holds the labelled sets and evaluate.py" in result.stderr
    )


def test_a_folder_without_a_judge_is_refused(sets: Path) -> None:
    (sets / "evaluate.py").unlink()
    result = scorecard("--sets", sets)
    assert result.exit_code == 2
    assert f"{sets} holds no evaluate.py" in result.stderr


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evaluate.py").write_text(JUDGE)
    result = scorecard("--sets", tmp_path)
    assert result.exit_code == 2
    assert "holds no set: no labels.json" in result.stderr


def test_labels_with_nothing_to_judge_are_refused(sets: Path) -> None:
    (sets / "alone" / "transactions.csv").unlink()
    result = scorecard("--sets", sets)
    assert result.exit_code == 2
    assert f"{sets / 'alone'} has labels.json and no transactions.csv" in result.stderr


@pytest.mark.parametrize("text", ["", "<!-- scorecard -->\n", "<!-- /scorecard -->\n<!-- scorecard -->\n", PLACE * 2])
def test_a_file_without_a_place_for_the_tables_is_refused_and_left_alone(sets: Path, readme: Path, text: str) -> None:
    readme.write_text(text)
    result = scorecard("--sets", sets, "--write", readme)
    assert result.exit_code == 2
    assert "needs one line <!-- scorecard --> and after it one line <!-- /scorecard -->" in result.stderr
    assert readme.read_text() == text


def test_a_file_to_write_to_has_to_be_there(sets: Path, tmp_path: Path) -> None:
    result = scorecard("--sets", sets, "--write", tmp_path / "NEW.md")
    assert result.exit_code == 2
    assert "is not there; make it" in result.stderr


def test_rules_that_are_not_there_are_refused(sets: Path) -> None:
    assert scorecard("--sets", sets, "--rules", "gone.toml").exit_code == 2


@pytest.mark.story
def test_what_the_judge_says_when_it_fails_is_told_and_nothing_published(sets: Path, readme: Path) -> None:
    (sets / "alone" / "labels.json").write_text('"broken"')
    result = scorecard("--sets", sets, "--write", readme)
    assert result.exit_code == 1
    assert "cannot score alone (exit code 1):\nlabels that nobody can read" in result.stderr
    assert readme.read_text() == PLACE


@pytest.mark.story
def test_what_detect_says_of_a_bad_set_is_told(sets: Path) -> None:
    (sets / "alone" / "transactions.csv").write_text("timestamp,status,count\n2025-07-12 12:00:00,failed,many\n")
    result = scorecard("--sets", sets)
    assert result.exit_code == 1
    assert "alone cannot be judged (exit code 2)" in result.stderr
    assert "many" in result.stderr


@pytest.mark.slow
def test_the_real_sets_reach_what_is_published(readme: Path) -> None:
    if not (REAL / "evaluate.py").is_file():
        pytest.skip("the labelled sets in ../shared/detection are not there")
    result = CliRunner().invoke(app, ["scorecard", "--sets", str(REAL), "--write", str(readme)])
    assert result.exit_code == 0, result.output
    rows = {cells[1].strip(): cells[2:-1] for line in readme.read_text().splitlines() if (cells := line.split("|"))[1:]}
    f1, false_a_day, pages = (float(rows["public together"][i]) for i in (3, 7, 8))
    assert f1 >= 0.95
    assert false_a_day <= 0.3
    assert pages <= 1.1
