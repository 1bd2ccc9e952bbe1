"""Helpers are imported in one way, so that two files of one name never stand for each other."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("*.py"))
OWN = {path.stem for path in FILES}


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
