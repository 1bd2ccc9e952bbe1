"""Model files and the rules that name them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processors.domain.rules import ForestRule
from processors.rules import RuleError, load
from processors.rules.models import ModelError, read_forest
from tests.floodmark.analysis.train.train_kit import floodmark, history
from tests.rule_texts import rule_table

RULES = rule_table("odd", "isolation_forest", model="model.json", keys=["Denied"])
Change = Callable[[dict[str, Any]], object]


def copied(trained: Path, folder: Path, change: Change) -> Path:
    """A model file that is otherwise."""
    said = json.loads((trained / "model.json").read_text())
    change(said)
    path = folder / "model.json"
    path.write_text(json.dumps(said))
    return path


def rules(folder: Path, text: str = RULES) -> Path:
    path = folder / "rules.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m.update(kind="another"), "kind: this is no model"),
        (lambda m: m.pop("kind"), "kind: this is no model"),
        (lambda m: m.update(format=2), "format: is 2; this version reads 1"),
        (lambda m: m.update(offset="far"), "offset: Expected `float`"),
        (lambda m: m.update(offset=m["offset"] + 0.01), "hash: is not that of the content"),
        (lambda m: m.update(more=1), "the file: Object contains unknown field `more`"),
        (lambda m: m.pop("trees"), "the file: Object missing required field `trees`"),
        (lambda m: m.update(features=["rise"]), "features: must be rise, fall, volume, together"),
        (lambda m: m["statuses"].append(m["statuses"][0]), "statuses: must be there once each"),
        (lambda m: m["quantiles"].reverse(), "quantiles: parts must"),
        (lambda m: m["quantiles"][1].__setitem__(1, 0.0), "quantiles: scores must ascend"),
        (lambda m: m["trees"][3]["feature"].__setitem__(0, 9), "trees[3].feature[0]: is 9"),
        (lambda m: m["trees"][3]["feature"].__setitem__(0, "x"), "trees[3].feature[0]: Expected `int`"),
        (lambda m: m["trees"][3]["left"].__setitem__(0, 0), "trees[3].left[0]: is 0"),
        (lambda m: m["trees"][3]["left"].__setitem__(0, 100_000), "trees[3].left[0]: is 100000"),
        (lambda m: m["trees"][3]["right"].__setitem__(0, -1), "trees[3].right[0]: is -1"),
        (lambda m: m["trees"][3]["right"].__setitem__(0, m["trees"][3]["left"][0]), "trees[3].right[0]: is 1"),
        (lambda m: m["trees"][3]["samples"].pop(), "trees[3].samples: must be as long as feature"),
        (lambda m: m["trees"][3]["samples"].__setitem__(0, 0), "trees[3].samples[0]: Expected `int` >= 1"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(trained: Path, tmp_path: Path, change: Change, place: str) -> None:
    path = copied(trained, tmp_path, change)
    with pytest.raises(ModelError) as caught:
        read_forest(path)
    assert str(caught.value).startswith(f"{path}: {place}")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"kind":"\xff"}', b"[1]", b"null", b"timestamp,value\n", b"[" * 100_000]
)
def test_what_is_no_model_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.json: "):
        read_forest(path)


def test_a_file_that_breaks_off_is_refused(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes((trained / "model.json").read_bytes()[:-200])
    with pytest.raises(ModelError, match="is no JSON"):
        read_forest(path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_forest(tmp_path)


def test_numbers_that_are_not_finite_are_refused(trained: Path, tmp_path: Path) -> None:
    path = copied(trained, tmp_path, lambda m: m["trees"][0]["threshold"].__setitem__(0, float("1e400")))
    with pytest.raises(ModelError, match=r"model\.json: "):
        read_forest(path)


# --- rules with a model ------------------------------------------------------


def test_a_model_lies_beside_its_rule_file(trained: Path, tmp_path: Path) -> None:
    copied(trained, tmp_path, lambda m: None)
    rule = load(rules(tmp_path)).rules[0]
    assert isinstance(rule, ForestRule)
    assert rule.forest == read_forest(trained / "model.json")
    assert rule.keys == ("denied",)


def test_a_rule_whose_model_is_missing_says_how_to_train_it(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load(rules(tmp_path))
    path = tmp_path / "model.json"
    assert str(caught.value) == (
        f"{tmp_path}/rules.toml:4: [[rule]] model: {path} is not there; "
        f"train one: floodmark train HISTORY.csv --out {path}"
    )


@pytest.mark.story
def test_another_model_is_another_version_of_the_rules(trained: Path, tmp_path: Path) -> None:
    path = copied(trained, tmp_path, lambda m: None)
    before = load(rules(tmp_path)).version
    assert load(rules(tmp_path)).version == before
    assert floodmark("train", trained / "history.csv", "--out", path, "--trees", "20").exit_code == 0
    assert load(rules(tmp_path)).version != before


def test_what_is_in_the_file_cannot_be_said_in_the_rules(trained: Path, tmp_path: Path) -> None:
    copied(trained, tmp_path, lambda m: None)
    with pytest.raises(RuleError, match="forest: is not known here"):
        load(rules(tmp_path, RULES + "forest = 1\n"))


def test_judging_by_a_model_needs_no_scikit_learn(trained: Path, tmp_path: Path) -> None:
    copied(trained, tmp_path, lambda m: None)
    asked = "import sys; from processors.rules import load; load(__import__('pathlib').Path(sys.argv[1]))"
    code = f"{asked}; sys.exit('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(rules(tmp_path))], check=False)
    assert done.returncode == 0


# --- the preset --------------------------------------------------------------


def test_the_preset_without_a_model_says_how_to_train_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = floodmark("rules", "check", "hybrid")
    assert result.exit_code == 2
    assert "hybrid.toml" in result.stderr
    assert "model.json is not there; train one: floodmark train HISTORY.csv --out model.json" in result.stderr


@pytest.mark.story
def test_the_preset_takes_the_model_of_the_current_folder_and_passes_its_tests(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    assert floodmark("rules", "check", "hybrid").exit_code == 0
    result = floodmark("rules", "test", "hybrid")
    assert result.exit_code == 0, result.output


def test_the_preset_is_shown_with_the_hash_of_its_model(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained)
    version = read_forest(Path("model.json")).version
    assert version in floodmark("rules", "show", "hybrid").stdout
    (rule,) = json.loads(floodmark("rules", "show", "hybrid", "--json").stdout)["rules"]
    assert (rule["forest"], rule["model"]) == (version, "model.json")


def test_its_alerts_carry_the_terms_of_the_score(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    broken = {minute: {"denied": 60.0} for minute in range(200, 215)}
    alerts = tmp_path / "alerts.jsonl"
    path = history(tmp_path / "today.csv", 240, seed=9, broken=broken)
    result = floodmark("detect", "--transactions", path, "--alerts", alerts, "--rules", "hybrid")
    assert result.exit_code == 0, result.output
    first = json.loads(alerts.read_text().splitlines()[0])
    assert (first["key"], first["rules"]) == ("denied", ["hybrid"])
    terms = first["terms"]
    assert terms.keys() == {"hybrid", "hybrid.model", "hybrid.z", "hybrid.share"}
    assert terms["hybrid"] == pytest.approx(0.6 * terms["hybrid.model"] + 0.4 * terms["hybrid.z"])


def test_a_model_without_an_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.rules.models.MAX_BYTES", 1_000_000)
    with pytest.raises(ModelError, match="/dev/zero is longer than 1,000,000 bytes; train with fewer trees"):
        read_forest(Path("/dev/zero"))
