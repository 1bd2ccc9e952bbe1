"""Each kind of problem that the code knows has its place on the page that `type` leads to, and no other has."""

import ast
from collections.abc import Iterator
from pathlib import Path

import floodmark.gateway
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problem_kinds import KINDS
from floodmark.gateway.security import errors
from tests.floodmark.gateway.asking import get


def raised() -> Iterator[str]:
    """The kinds that are named where problems are made."""
    for path in Path(floodmark.gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and node.args:
                kind = node.args[0]
                if isinstance(kind, ast.Constant):
                    yield str(kind.value)
    yield from (*errors._KINDS.values(), "http")


def test_every_kind_is_explained_and_every_explanation_is_of_a_kind() -> None:
    assert set(raised()) == set(KINDS)


def test_the_page_has_a_place_for_each() -> None:
    page = get(build(GatewayParts()), "/docs/problems")
    assert page.status_code == 200
    assert all(f'<section id="{kind}">' in page.text for kind in KINDS)
