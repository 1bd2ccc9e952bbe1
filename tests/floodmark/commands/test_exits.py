"""How processes end: one module has the codes, and everybody uses their names."""

import ast
import re
from collections.abc import Iterator

from floodmark.reference.page import EXIT_CODES
from runtime.exits import MEANINGS, Exit
from tests.paths import ROOT
from tests.syntax import calls

ENDS = {"fail", "end", "SystemExit", "typer.Exit", "sys.exit", "os._exit", "exits.end", "exits.fail"}
WITHOUT_US = {
    # Run by an interpreter that is told to import nothing of ours, and replaced by the command at once.
    "floodmark/local/processes/leash.py",
    # The embedded broker's own program: its parent reads what it prints, and no shell sees its code.
    "floodmark/local/broker/embedded_server.py",
}


def literal_codes() -> Iterator[str]:
    """Every call that ends a process with a number instead of a name."""
    for place, name, call in calls(*ENDS):
        if name in ENDS and place not in WITHOUT_US:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(isinstance(each, ast.Constant) and type(each.value) is int for each in given):
                yield f"{place}:{call.lineno}"


def test_nobody_ends_with_a_number_of_their_own() -> None:
    found = list(literal_codes())
    # A Kafka child is ended with so many seconds of grace, which is no code.
    assert [place for place in found if not re.match(r"floodmark/local/broker/kafka\.py:", place)] == []


def test_only_the_exits_end_the_interpreter_at_once() -> None:
    named = {
        path.relative_to(ROOT).as_posix()
        for package in ("runtime", "producers", "processors", "sinks", "floodmark")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bos\._exit\(|\bsys\.exit\(", path.read_text("utf-8"))
    }
    assert named == {"runtime/exits.py", *WITHOUT_US}


def test_every_code_has_a_meaning_and_the_reference_tells_it() -> None:
    assert set(MEANINGS) == set(Exit)
    assert {int(code): meaning for code, meaning in MEANINGS.items()} == EXIT_CODES
