"""What is logged is an event with a name, and fields: one style that programs and people search for."""

import ast
import re
from typing import Final

from tests.paths import ROOT

LEVELS: Final = {"debug", "info", "warning", "error", "critical", "exception"}


def events() -> dict[str, str]:
    """Each event that is logged anywhere, and one place where it is."""
    found: dict[str, str] = {}
    for path in (
        p for part in ("runtime", "producers", "processors", "sinks", "floodmark") for p in (ROOT / part).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and ast.unparse(node.func.value).endswith("log")
                and node.args
            ):
                found[ast.unparse(node.args[0])] = f"{path.relative_to(ROOT)}:{node.lineno}"
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sparing.tell"):
                found[ast.unparse(node.args[1])] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_event_is_a_name_in_snake_case() -> None:
    found = events()
    assert "'process_ends'" in found
    assert {event: place for event, place in found.items() if not re.fullmatch(r"'[a-z]+(_[a-z]+)*'", event)} == {}
