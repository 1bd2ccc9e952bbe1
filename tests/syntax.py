"""The syntax of what is ours, for tests that look at all of it: each file is parsed once in a test process."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.paths import ROOT

PRODUCT: Final = ("floodmark", "processors", "producers", "runtime", "schemas", "sinks")
"""The folders that are installed."""


@cache
def trees() -> dict[str, ast.Module]:
    """By the path of each file of the product, from the root of the repository, its tree."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for part in PRODUCT
        for path in sorted((ROOT / part).rglob("*.py"))
    }


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Every call in the product: the path of its file, the dotted name of what is called, and the call."""
    return tuple((path, name, node) for path, tree in trees().items() for name, node in _calls(tree))


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """A name with its attributes, `a.b.c`; `?` stands for what is no name: `?.c` for `made().c`."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"
