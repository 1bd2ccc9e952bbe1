"""`floodmark train`: what teaches, what is refused, and that the file says what scikit-learn says."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from floodmark.analysis.train.fit import Growth, grown
from floodmark.analysis.train.history import TrainingHistory, lessons
from processors.domain.model.forest import Forest, Trained, Tree
from processors.domain.window import TimePolicy
from processors.offline import OfflineRow
from processors.rules import load
from producers.files.csv_rows import RowFiles
from tests.floodmark.analysis.train.train_kit import floodmark, history, train

GROWTH = Growth(trees=30, sample=100, seed=3, contamination=0.05)


def rows(number: int, seed: int = 1) -> list[tuple[float, ...]]:
    draw = np.random.RandomState(seed)
    return [tuple(map(float, row)) for row in draw.standard_normal((number, 4)) * 3]


def held(path: Path) -> TrainingHistory:
    found = TrainingHistory()
    found.take(OfflineRow(r.timestamp_ms, r.status, r.auth_code, r.count, r.scope, 0) for r in RowFiles([path]))
    return found


# --- the same as scikit-learn ------------------------------------------------


def test_the_scores_are_those_of_scikit_learn() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    taught, asked = rows(700), [*rows(300, seed=2), (50.0, -50.0, 0.0, 1e6)]
    theirs = ensemble.IsolationForest(n_estimators=30, max_samples=100, random_state=3).fit(np.array(taught))
    made = grown(taught, GROWTH)
    trees = [Tree(t.feature, t.threshold, t.left, t.right, t.samples) for t in made.trees]
    ours = Forest("v", ("denied",), trees, made.samples, Trained(made.offset, ((0.5, 0.5),)))
    for table in (taught, asked):
        assert np.abs(-ours.scores(table) - theirs.score_samples(np.array(table))).max() < 1e-9


def test_the_offset_leaves_the_contamination_above_it() -> None:
    made = grown(rows(1000), GROWTH)
    parts, scores = zip(*made.quantiles, strict=True)
    assert dict(made.quantiles)[0.05] == pytest.approx(made.offset, abs=0.01)
    assert list(parts) == sorted(parts, reverse=True)
    assert list(scores) == sorted(scores)
    assert parts[-1] == pytest.approx(1 / 1001)


# --- the file ----------------------------------------------------------------


@pytest.mark.story
def test_the_same_history_and_seed_make_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.json", tmp_path / "other.json"
    assert train(trained / "history.csv", "--out", again).exit_code == 0
    assert train(trained / "history.csv", "--out", other, "--seed", "2").exit_code == 0
    assert again.read_bytes() == (trained / "model.json").read_bytes()
    assert other.read_bytes() != again.read_bytes()


def test_the_file_says_what_it_was_trained_on(trained: Path) -> None:
    said = json.loads((trained / "model.json").read_text())
    assert said["training"] | {"rows": 0, "left_out": 0} == {
        "from": "2025-07-07T00:00Z",
        "to": "2025-07-08T00:59Z",
        "scopes": 1,
        "minutes": 1500,
        "rows": 0,
        "left_out": 0,
        "seed": 1,
        "contamination": 0.05,
    }
    assert 1300 < said["training"]["rows"] < 1500
    assert said["statuses"] == ["backend_reversed", "denied", "failed", "refunded", "reversed"]
    assert len(said["trees"]) == 40


# --- what teaches ------------------------------------------------------------


@pytest.mark.story
def test_minutes_of_an_incident_do_not_teach(tmp_path: Path) -> None:
    calm = lessons(held(history(tmp_path / "calm.csv", 900)), load(), TimePolicy())
    broken = {minute: {"denied": 90.0} for minute in range(600, 630)}
    stormy = lessons(held(history(tmp_path / "stormy.csv", 900, broken=broken)), load(), TimePolicy())
    assert 30 <= stormy.left_out - calm.left_out <= 90
    assert max(row[0] for row in stormy.rows) < 100, "denials that are clipped at 5 are cubed to 125"


def test_the_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    whole = history(tmp_path / "whole.csv", 400)
    head, *lines = whole.read_text().splitlines()
    halves = [tmp_path / "b.csv", tmp_path / "a.csv"]
    halves[0].write_text("\n".join([head, *reversed(lines[1200:])]) + "\n")
    halves[1].write_text("\n".join([head, *reversed(lines[:1200])]) + "\n")
    apart = TrainingHistory()
    for path in halves:
        apart.take(OfflineRow(r.timestamp_ms, r.status, r.auth_code, r.count, r.scope, 0) for r in RowFiles([path]))
    assert lessons(apart, load(), TimePolicy()).rows == lessons(held(whole), load(), TimePolicy()).rows


def test_each_scope_teaches_and_a_day_of_silence_begins_anew() -> None:
    both = TrainingHistory()
    minute = 60_000
    for scope, first in (("shop", 0), ("shop", 3000), ("till", 0)):
        for at in range(first, first + 150):
            both.take(
                OfflineRow(at * minute, status, None, n, scope, 0) for status, n in (("approved", 90), ("denied", 10))
            )
    assert sorted(both.scopes()) == ["shop", "till"]
    assert both.main == ("denied",)
    found = lessons(both, load(), TimePolicy())
    assert 200 < len(found.rows) < 450


def test_a_short_gap_is_walked_and_its_minutes_do_not_teach() -> None:
    gappy, minute = TrainingHistory(), 60_000
    for at in [*range(300), *range(305, 400)]:
        gappy.take(
            OfflineRow(at * minute, status, None, n, "all", 0) for status, n in (("approved", 90), ("denied", 10))
        )
    found = lessons(gappy, load(), TimePolicy())
    assert len(found.rows) + found.left_out < 395


# --- what is refused ---------------------------------------------------------


def test_less_than_a_day_is_refused_with_what_to_do(tmp_path: Path) -> None:
    result = train(history(tmp_path / "short.csv", 300), "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "holds 300 minutes with data; at least a day of them (1,440) is needed" in result.stderr
    assert not (tmp_path / "model.json").exists()


@pytest.mark.story
def test_a_day_that_is_one_incident_after_another_is_refused(tmp_path: Path) -> None:
    broken = {m: {"denied": 120.0} for m in range(200, 1440) if m % 60 < 35}
    result = train(history(tmp_path / "bad.csv", 1440, broken=broken), "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "because of incidents; at least 600 are needed" in result.stderr


def test_one_status_alone_is_refused(tmp_path: Path) -> None:
    path = history(tmp_path / "one.csv", 1440)
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, *(line for line in lines if "approved" in line)]) + "\n")
    result = train(path, "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "no status but the most frequent one" in result.stderr


@pytest.mark.story
def test_without_scikit_learn_it_is_said_how_to_install_it(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    result = train(trained / "history.csv", "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "pip install 'floodmark[model]'" in result.stderr


def test_a_bad_row_is_named_and_can_be_left_out(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text((trained / "history.csv").read_text() + "2025-07-08 01:00:00,denied,many\n")
    result = train(path, "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "line 9002" in result.stderr
    left = train(path, "--out", tmp_path / "model.json", "--skip-bad")
    assert left.exit_code == 0
    assert "1 bad rows left out" in left.stderr


@pytest.mark.parametrize(
    ("out", "said"),
    [(".", "is a folder"), ("nowhere/model.json", "there is no folder"), ("history.csv", "is to be read")],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(trained: Path, out: str, said: str) -> None:
    result = train(trained / "history.csv", "--out", trained / out)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_is_not_there_and_a_date_that_is_none_are_refused(tmp_path: Path) -> None:
    assert floodmark("train", tmp_path / "gone.csv", "--out", tmp_path / "m.json").exit_code == 2
    assert floodmark("train", "a.csv", "--out", "m.json", "--date", "yesterday").exit_code == 2
