"""Copies what the live page uses of its npm packages to where the gateway serves it, and notes what was copied.

Run by `make page`, after `npm ci` has fetched the packages and compared them with package-lock.json.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
TARGET: Final = HERE.parents[1] / "floodmark" / "gateway" / "page" / "vendor"
TAKEN: Final = {
    "uplot": {"dist/uPlot.iife.min.js": "uPlot.js", "dist/uPlot.min.css": "uPlot.css", "LICENSE": "LICENSE"},
}
"""Of each package: the files that are used, and their names in its folder."""


def main() -> None:
    """Copy, and write `packages.json` beside the copies: version, integrity of the archive, hash of each file."""
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    notes = {}
    for package, files in TAKEN.items():
        source, target = HERE / "node_modules" / package, TARGET / package
        target.mkdir(parents=True, exist_ok=True)
        for name, kept in files.items():
            shutil.copyfile(source / name, target / kept)
        lock = locked[f"node_modules/{package}"]
        hashes = {kept: hashlib.sha512((target / kept).read_bytes()).hexdigest() for kept in files.values()}
        notes[package] = {"version": lock["version"], "integrity": lock["integrity"], "files": hashes}
    (TARGET / "packages.json").write_text(json.dumps(notes, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
