"""Where tests are, in which one way helpers are imported, and that a name means one thing."""

import ast
import re
from collections import Counter
from pathlib import Path

from tests.paths import ROOT
from tests.syntax import PRODUCT

TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
OWN = {path.stem for path in FILES}
ACROSS = {"bench", "chaos", "deploy", "pipeline"}
"""What is tested as a whole: speed, crashes, the files for deployment, workers on a broker."""


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_helpers_are_imported_by_their_full_names() -> None:
    wrong = {
        f"{path.relative_to(TESTS)}: {name}"
        for path in FILES
        for name in imported(path)
        if name.startswith(".") or (name in OWN and (path.parent / f"{name}.py").exists())
    }
    assert wrong == set()


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in FILES if path.name.startswith("test_")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_folders_are_named_as_what_is_tested() -> None:
    tested = {path.parent.relative_to(TESTS) for path in FILES if path.name.startswith("test_")}
    mirrored = {each for each in tested if not ACROSS & set(each.parts[:1])}
    assert [each for each in mirrored if not (ROOT / each).is_dir()] == []


def test_no_two_classes_of_the_product_have_one_name() -> None:
    texts = [path.read_text("utf-8") for part in PRODUCT for path in (ROOT / part).rglob("*.py")]
    names = Counter(name for text in texts for name in re.findall(r"^ *class (\w+)", text, re.MULTILINE))
    assert {name for name, times in names.items() if times > 1} == set()
