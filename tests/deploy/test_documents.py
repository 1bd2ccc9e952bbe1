"""What the documents name is there: paths, make targets, commands with their options, settings, modules."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from markdown_it import MarkdownIt

from floodmark.cli import app
from runtime.exits import Exit
from tests.deploy.stack import ROOT

RECORDS = sorted((ROOT / "deploy/adr").glob("*.md"))
WRITTEN = ROOT / "deploy/reference.md"
"""It is made of the code, and compared with that by a test of its own."""
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *(
        path
        for folder in ("deploy", "docs", "processors", "producers")
        for path in sorted((ROOT / folder).rglob("*.md"))
    ),
]
DOCUMENTS = [path for path in DOCUMENTS if path != WRITTEN and "node_modules" not in path.parts]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
FOLDERS = {"producers", "processors", "sinks", "schemas", "runtime", "deploy", "docs", "grafana", "tests", "floodmark"}
PAGE = """<!doctype html><meta charset="utf-8"><style>@page { size: A4; margin: 11mm }
body { font: 8.5pt/1.2 sans-serif } pre { font-size: 7.5pt; line-height: 1.1 } p, ul, table, pre { margin: 5px 0 }
h1, h2 { margin: 6px 0; font-size: 12pt }
ul, ol { padding-left: 16px; margin: 5px 0 } th { text-align: left } td { padding: 0 8px 0 0 }</style>"""


def named(document: Path) -> list[str]:
    """What a document puts between backticks."""
    return re.findall(r"`([^`\n]+)`", document.read_text())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    paths = [name for name in named(document) if re.fullmatch(r"[\w./-]+", name) and name.split("/")[0] in FOLDERS]
    for path in paths:
        assert (ROOT / path).exists(), f"{document.name} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    blocks = re.findall(r"^(?: {4}|```.*\n)?make .*", document.read_text(), re.MULTILINE)
    for target in re.findall(r"\bmake ([a-z-]+)\b", "\n".join([*named(document), *blocks])):
        assert target in TARGETS, f"{document.name} names make {target}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: str(path.relative_to(ROOT)))
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


def commands(document: Path) -> list[str]:
    """Every call of `floodmark` between backticks or on a line of its own in a block, comments left out."""
    text = document.read_text().replace("\\\n", " ")
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    found = [re.sub(r"\s+#.*", "", line) for line in [*named(document), *lines]]
    return [c for c in found if re.match(r"(\.venv/bin/)?floodmark [a-z]", c)]


def unknown_in(command: str) -> str:
    """What no command or option of ours is called; empty when all of it is known."""
    words = [w.split("=")[0] for w in shlex.split(command.replace("…", " ").replace("|", " "))[1:]]
    at: Any = typer.main.get_command(app)
    options = {"--help"}
    for word in words:
        if hasattr(at, "get_command") and not word.startswith("-"):
            if (inner := at.get_command(None, word)) is None:
                return word
            at = inner
        options |= {name for parameter in at.params for name in [*parameter.opts, *parameter.secondary_opts]}
        if word.startswith("--") and word not in options:
            return word
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_names_exists_with_its_options(document: Path) -> None:
    assert {command: unknown for command in commands(document) if (unknown := unknown_in(command))} == {}


def test_what_the_readme_explains_is_in_the_sample() -> None:
    (example,) = [command for command in commands(ROOT / "README.md") if "rules explain producers" in command]
    command = [sys.executable, "-m", "floodmark", *shlex.split(example)[1:]]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (shown.returncode, "share_rise" in shown.stdout) == (0, True), shown.stderr


def test_the_readme_names_every_exit_code() -> None:
    (told,) = re.findall(r"^Exit codes: ([^.]*)\.", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [int(code) for code in re.findall(r"\b\d+\b", told)] == sorted(Exit)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert unknown_in("floodmark detect --transactions a.csv --html p") == ""
    assert unknown_in("floodmark rules chek FILE…") == "chek"
    assert unknown_in("floodmark detect --transaction a.csv") == "--transaction"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_setting_that_a_document_names_exists(document: Path) -> None:
    known = (ROOT / "deploy/reference.md").read_text()
    for name in set(re.findall(r"FLOODMARK_[A-Z_]+[A-Z]", document.read_text())):
        assert f"`{name}" in known, f"{document.name} names {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_names_one_that_is_not_in_the_repository(document: Path) -> None:
    for name in re.findall(r"[\w./-]+\.md\b", re.sub(r"https?://\S+", "", document.read_text())):
        assert any((base / name).exists() for base in (ROOT, document.parent)), f"{document.name} names {name}"


def test_every_folder_of_the_product_has_its_place_on_the_map() -> None:
    table = (ROOT / "ARCHITECTURE.md").read_text().split("| Place |")[1].split("\n\n")[0]
    named_ = {name.strip("/") for name in re.findall(r"`([\w/]+)/`", table)}
    rooms = {"schemas", "runtime", "producers", "sinks", "docs/runbooks", "grafana", "deploy"}
    for house in ("processors", "floodmark"):
        rooms |= {f"{house}/{room.name}" for room in (ROOT / house).iterdir() if (room / "__init__.py").exists()}
    assert rooms - named_ <= {"floodmark/reference"}
    assert all((ROOT / name).is_dir() for name in named_)


def test_the_architecture_is_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().split()) <= 900


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium on the path")
def test_the_architecture_prints_on_one_page(tmp_path: Path) -> None:
    text = MarkdownIt().enable("table").render((ROOT / "ARCHITECTURE.md").read_text())
    (tmp_path / "page.html").write_text(PAGE + text, "utf-8")
    printing = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    printing += ["--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}", str(tmp_path / "page.html")]
    subprocess.run(printing, check=True, capture_output=True, timeout=240)
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes())) == 1
