"""What is logged is an event with a name, and fields: one style that programs and people search for."""

import ast
import re
from typing import Final

from tests.syntax import calls

LEVELS: Final = {"debug", "info", "warning", "error", "critical", "exception"}


def events() -> dict[str, str]:
    """Each event that is logged anywhere, and one place where it is."""
    found: dict[str, str] = {}
    for path, name, call in calls("log", "sparing"):
        target, _, method = name.rpartition(".")
        if method in LEVELS and target.endswith("log") and call.args:
            found[ast.unparse(call.args[0])] = f"{path}:{call.lineno}"
        elif name.endswith(("sparing.tell", "sparing.rest")):
            found[ast.unparse(call.args[1])] = f"{path}:{call.lineno}"
    return found


def test_every_event_is_a_name_in_snake_case() -> None:
    found = events()
    assert "'process_ends'" in found
    assert {event: place for event, place in found.items() if not re.fullmatch(r"'[a-z]+(_[a-z]+)*'", event)} == {}
