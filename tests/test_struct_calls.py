"""Structs are no dataclasses: what would fail when it runs is found when types are checked."""

import sys

import pytest
from mypy import api

from tests.paths import ROOT

MADE = """
from dataclasses import asdict, astuple, dataclass, fields, is_dataclass, replace
import msgspec
class Look(msgspec.Struct, frozen=True):
    minute: int
class LaterLook(Look, frozen=True):
    revision: int = 1
@dataclass
class Run:
    minute: int
@dataclass
class Looks:
    all: dict[str, tuple[Look, ...]]
@dataclass
class Report:
    looks: Looks
def of(one: Run | Look, kind: type[Look], run: Run, report: Report) -> None:
    """


WITH_STRUCTS = {
    "replace(Look(1), minute=2)": "Look",
    "replace(LaterLook(1), minute=2)": "LaterLook",
    "asdict(one)": "Look",
    "astuple(LaterLook(1))": "LaterLook",
    "fields(kind)": "Look",
    "fields(Look)": "Look",
    "is_dataclass(Look(1))": "Look",
    "asdict(report)": "Look",
}
"""Calls, and the struct that each is given."""
WITHOUT = ("replace(run, minute=2)", "asdict(run)", "fields(report)", "replace(report)")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What mypy says of each call, with the plugin that the project names; empty: nothing."""
    place = tmp_path_factory.mktemp("checked")
    file = place / "made.py"
    calls = [*WITH_STRUCTS, *WITHOUT]
    file.write_text(MADE + "\n    ".join(calls) + "\n", "utf-8")
    config = place / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = true\nplugins = {ROOT / 'tests' / 'struct_calls.py'}\n", "utf-8")
    depth = sys.getrecursionlimit()
    out, err, _ = api.run([f"--config-file={config}", f"--cache-dir={place}", str(file)])
    sys.setrecursionlimit(depth)  # mypy raises it, for whatever runs in this process afterwards
    assert not err
    first = MADE.count("\n") + 1
    lines = [(int(line.split(":")[1]), line) for line in out.splitlines() if line.startswith(str(file))]
    assert {number for number, _ in lines} <= {*range(first, first + len(calls))}, out
    return {call: "".join(line for at, line in lines if at == first + nth) for nth, call in enumerate(calls)}


@pytest.mark.parametrize("call", WITH_STRUCTS)
def test_a_struct_in_a_call_of_dataclasses_is_named(call: str, said: dict[str, str]) -> None:
    assert f"is called with the struct made.{WITH_STRUCTS[call]}: see msgspec.structs" in said[call]


@pytest.mark.parametrize("call", WITHOUT)
def test_a_dataclass_is_let_pass(call: str, said: dict[str, str]) -> None:
    assert said[call] == ""


def test_types_are_checked_with_it() -> None:
    assert '"tests/struct_calls.py"' in (ROOT / "pyproject.toml").read_text("utf-8").split("[tool.mypy]")[1]
