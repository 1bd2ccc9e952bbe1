"""Structs are no dataclasses: what would fail when it runs is found when types are checked."""

from pathlib import Path

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


def said_of(call: str, place: Path) -> str:
    """What mypy says of a call, with the plugin that the project names."""
    file = place / "made.py"
    file.write_text(f"{MADE}{call}\n", "utf-8")
    config = place / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = true\nplugins = {ROOT / 'tests' / 'struct_calls.py'}\n", "utf-8")
    out, err, _ = api.run([f"--config-file={config}", f"--cache-dir={place}", str(file)])
    return out + err


@pytest.mark.parametrize(
    ("call", "struct"),
    [
        ("replace(Look(1), minute=2)", "Look"),
        ("replace(LaterLook(1), minute=2)", "LaterLook"),
        ("asdict(one)", "Look"),
        ("astuple(LaterLook(1))", "LaterLook"),
        ("fields(kind)", "Look"),
        ("fields(Look)", "Look"),
        ("is_dataclass(Look(1))", "Look"),
        ("asdict(report)", "Look"),
    ],
)
def test_a_struct_in_a_call_of_dataclasses_is_named(call: str, struct: str, tmp_path: Path) -> None:
    assert f"is called with the struct made.{struct}: see msgspec.structs" in said_of(call, tmp_path)


@pytest.mark.parametrize("call", ["replace(run, minute=2)", "asdict(run)", "fields(report)", "replace(report)"])
def test_a_dataclass_is_let_pass(call: str, tmp_path: Path) -> None:
    assert said_of(call, tmp_path).startswith("Success")


def test_types_are_checked_with_it() -> None:
    assert '"tests/struct_calls.py"' in (ROOT / "pyproject.toml").read_text("utf-8").split("[tool.mypy]")[1]
