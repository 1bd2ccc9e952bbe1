"""`floodmark runbook`: what an alert names can be read where it is read, without a network."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark import runbooks
from floodmark.cli import app
from processors.rules import CLASSIC, load
from processors.rules.runbooks import PAGES
from tests.paths import ROOT


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["runbook", *words])


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_page_is_printed_as_it_is_written(page: str) -> None:
    result = run(page)
    assert result.exit_code == 0, result.output
    assert result.stdout == (ROOT / "docs" / "runbooks" / f"{page}.md").read_text("utf-8")


def test_what_an_alert_says_is_a_command_that_works() -> None:
    (rule,) = load(CLASSIC).rules
    assert rule.runbook == "floodmark runbook z-score"
    assert CliRunner().invoke(app, rule.runbook.split()[1:]).stdout.startswith("# A count stands out")


def test_without_a_name_all_pages_are_listed_with_what_they_are_about() -> None:
    listed = run().stdout.splitlines()
    assert [line.split()[0] for line in listed] == sorted(PAGES)
    assert "z-score                 A count stands out from the last half hour" in listed


@pytest.mark.parametrize("name", ["share_rise", "Share-Rise", "share-rise.md"])
def test_the_name_of_the_rule_or_of_the_file_does_too(name: str) -> None:
    assert run(name).stdout == run("share-rise").stdout


@pytest.mark.parametrize(("name", "hint"), [("shar-rise", "did you mean share-rise?"), ("x", "there are code-rise, ")])
def test_a_page_that_there_is_not_is_answered_with_those_there_are(name: str, hint: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert hint in result.stderr


def test_an_installation_without_its_pages_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runbooks, "PLACES", (tmp_path, tmp_path / "b"))
    result = run("silence")
    assert result.exit_code == 1
    assert "the runbook pages are not in this installation" in result.stderr


def test_packages_and_the_image_hold_the_pages_where_they_are_looked_for() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"docs/runbooks": "floodmark/runbook_pages"}
    assert runbooks.PLACES[0] == ROOT / "floodmark" / "runbook_pages"
    assert "COPY docs/runbooks ./docs/runbooks" in (ROOT / "deploy" / "Dockerfile").read_text()
