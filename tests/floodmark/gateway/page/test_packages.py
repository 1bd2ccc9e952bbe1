"""What the page takes from npm is what the lock names, and comes with its licence."""

import hashlib
import json

from floodmark.gateway.app import PAGE
from tests.paths import ROOT

VENDOR = PAGE / "vendor"
NOTES = json.loads((VENDOR / "packages.json").read_text("utf-8"))
LOCK = json.loads((ROOT / "deploy" / "page" / "package-lock.json").read_text("utf-8"))["packages"]


def test_every_locked_package_is_there_in_the_version_and_archive_of_the_lock() -> None:
    locked = {name.removeprefix("node_modules/"): each for name, each in LOCK.items() if name}
    assert NOTES.keys() == locked.keys()
    for name, note in NOTES.items():
        assert (note["version"], note["integrity"]) == (locked[name]["version"], locked[name]["integrity"])


def test_every_copy_is_as_it_was_when_the_archive_was_checked_and_nothing_lies_beside_them() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha512(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "packages.json"
    }
    noted = {f"{name}/{file}": sha for name, note in NOTES.items() for file, sha in note["files"].items()}
    assert found == noted


def test_each_package_has_its_licence() -> None:
    for name in NOTES:
        assert "Permission is hereby granted" in (VENDOR / name / "LICENSE").read_text("utf-8")
