"""What is imported is declared, what is declared is imported, and ARCHITECTURE.md says of each why it is there."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Final

from tests.paths import ROOT
from tests.syntax import texts

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ARCHITECTURE: Final = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
OURS: Final = frozenset({"schemas", "runtime", "producers", "processors", "sinks", "floodmark"})
ASIDE: Final = {
    "chdb-core": "the engine itself, which chdb pins",
    "tzdata": "read by the standard library",
    "pydantic-core": "pinned by pydantic to one version",
    "markupsafe": "pinned to jinja2's own",
}
"""Packages that are used without being both imported and declared."""
IMPORT: Final = re.compile(r"^\s*(?:from (\w[\w.]*) import\b|import (\w[\w.]*)(?: as \w+)?\s*(?:#.*)?$)", re.MULTILINE)
"""A line that imports something; every file of the product parsed would tell the same, in seconds."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name.strip())[0]).lower()  # type: ignore[index]


def declared() -> set[str]:
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {plain(line) for lines in lists for line in lines}


def imported() -> set[str]:
    names = {name for text in texts().values() for pair in IMPORT.findall(text) for name in pair if name}
    tops = {name.split(".")[0] for name in names} - OURS - sys.stdlib_module_names
    # A name of Python 3.14 that only newer versions have; `backports` belongs to whoever is installed there.
    found = packages_distributions()
    return {plain(package) for top in tops - {"compression"} for package in found[top]}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    assert imported() ^ declared() <= ASIDE.keys()


def test_architecture_says_why_each_package_is_there() -> None:
    named = {plain(name) for name in re.findall(r"`([\w.-]+)`", ARCHITECTURE.split("## Dependencies")[1])}
    developing = {plain(line) for line in PROJECT["dependency-groups"]["dev"]}
    assert named == {name for name in declared() | developing if not name.startswith("types-")}
