"""Every command's help, at every width, and every option that the documents name."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from floodmark.cli import COMMANDS, app
from tests.paths import ROOT

WIDTHS = (80, 200)


def tree() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it, the root first."""
    root = typer.main.get_command(app)
    yield (), root
    for name in COMMANDS:
        yield from below((name,), root.get_command(None, name))  # type: ignore[attr-defined]


def below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The command, and all in it."""
    yield words, command
    for name, each in getattr(command, "commands", {}).items():
        yield from below((*words, name), each)


TREE = dict(tree())


def shown(width: int, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(width)})
    assert result.exit_code == 0, result.output
    return result.output


def options(words: tuple[str, ...]) -> set[str]:
    return {opt for param in TREE[words].params for opt in (*param.opts, *param.secondary_opts) if opt.startswith("--")}


@pytest.mark.parametrize("words", TREE, ids=" ".join)
def test_help_names_every_option_and_fits_the_terminal(words: tuple[str, ...]) -> None:
    for width in WIDTHS:
        text = shown(width, *words)
        assert max(map(len, text.splitlines())) <= width
        assert all(option in text for option in options(words))
        # A word that is longer than its column is cut, and all behind it with it.
        assert re.findall(r"\S*[\w\]\[]…(?=\s)", text) == []


def test_brackets_in_help_are_brackets() -> None:
    assert "NAME[=PART]" in shown(200, "simulate")
    assert "`[[test]]`" in shown(80, "rules", "test")


def test_a_paragraph_breaks_where_the_terminal_ends_and_not_where_the_source_does() -> None:
    text = shown(200, "ack")
    assert (
        "1 when somebody else has it and nothing was changed, 2 when it is not known, 3 when the broker cannot" in text
    )


def documented() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Where a document calls the command: the place, the sub-command, an option."""
    names = {words for words in TREE if words}
    sources = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "processors/README.md", ROOT / "Makefile"]
    for path in [*sources, *sorted((ROOT / "deploy").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        for call in re.finditer(r"floodmark ((?:[a-z]+ ?)+)([^\n`|]*)", path.read_text("utf-8")):
            said = tuple(call[1].split())
            words = next((said[:n] for n in (3, 2, 1) if said[:n] in names), None)
            if words is None:
                continue
            # An example may say several commands of a group at once, and `sink` alone is not one.
            line = call[0].partition("   ")[0]
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line):
                yield f"{path.relative_to(ROOT)}: {line}", words, option


def test_every_option_that_a_document_names_is_there() -> None:
    found = list(documented())
    assert len(found) > 10
    assert [(place, option) for place, words, option in found if option not in options(words)] == []


def test_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "floodmark 0.1.0\n")


@pytest.mark.parametrize("words", TREE, ids=" ".join)
def test_a_value_is_named_as_in_the_reference_and_a_switch_has_none(words: tuple[str, ...]) -> None:
    text = shown(200, *words)
    assert re.findall(r"<\w[^>]*>", text.split("Options", 1)[-1].split("Commands", 1)[0]) == []
    assert re.search(r"--help +Show this message", text)
