"""The syntax of what is ours, for tests that look at all of it.

Parsing all of it takes seconds, so a test names the words that it looks for, and only files with one of them are
parsed, each once in a test process.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.paths import ROOT

PRODUCT: Final = ("floodmark", "processors", "producers", "runtime", "schemas", "sinks")
"""The folders that are installed."""


def texts() -> dict[Path, str]:
    """Each file of the product with its text."""
    return {path: _text(path) for part in PRODUCT for path in sorted((ROOT / part).rglob("*.py"))}


def trees(*words: str) -> dict[str, ast.Module]:
    """By the path of each file of the product that has one of the words, from the root of the repository, its tree."""
    wanted = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b")
    return {path.relative_to(ROOT).as_posix(): _tree(path) for path, text in texts().items() if wanted.search(text)}


def calls(*words: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in files of the product that have one of the words: the file's path, what is called, and the call.

    What is called is a dotted name.
    """
    return ((path, name, node) for path, tree in trees(*words).items() for name, node in _calls(tree))


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """A name with its attributes, `a.b.c`; `?` stands for what is no name: `?.c` for `made().c`."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"
