import re
from pathlib import Path

import pytest
import yaml
from stack import ROOT

RECORDS = sorted((ROOT / "deploy/adr").glob("*.md"))
DOCUMENTS = [*RECORDS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
FOLDERS = {"producers", "processors", "sinks", "schemas", "deploy", "grafana", "tests", "floodmark"}


def named(document: Path) -> list[str]:
    """What a document puts between backticks."""
    return re.findall(r"`([^`\n]+)`", document.read_text())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    paths = [name for name in named(document) if re.fullmatch(r"[\w./-]+", name) and name.split("/")[0] in FOLDERS]
    for path in paths:
        assert (ROOT / path).exists(), f"{document.name} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    for target in re.findall(r"\bmake ([a-z]+)\b", "\n".join(named(document))):
        assert target in TARGETS, f"{document.name} names make {target}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_a_decision_record_is_one_page_with_its_parts(record: Path) -> None:
    lines = record.read_text().splitlines()
    number = record.name.split("-")[0]
    assert re.fullmatch(rf"# {int(number)}\. .+", lines[0])
    parts = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert parts == ["Context", "Decision", "Consequences", "How it is tested"]
    assert 25 <= len(lines) <= 45


def test_hooks_are_local_and_run_what_the_environment_holds() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    for hook in config["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
        assert (ROOT / hook["entry"].split()[0]).exists()
