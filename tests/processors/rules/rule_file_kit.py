"""A rule file for tests, and what they change in it."""

from pathlib import Path

FILE = """\
name = "mine"

[baseline]
window = 20

[incidents]
resolve_after = 3

[[rule]]  # the first
name = "z"
method = "z_score"
keys = ["failed"]
threshold = 2.5

[[rule]]
name = "share"
method = "share"
warning = 0.1
critical = 0.2
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in FILE
    return FILE.replace(old, new, 1)
