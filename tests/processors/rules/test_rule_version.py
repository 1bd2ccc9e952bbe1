"""What changes the version of a rule set, and what does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from processors.rules import load
from tests.processors.rules.rule_file_kit import FILE, changed, written


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "mine"', 'name = "yours"'),
        ("[baseline]", "# a comment\n[baseline]"),
        ("window = 20", "window = 20  # minutes"),
        ("threshold = 2.5", "threshold = 2.50"),
        ("[baseline]\nwindow = 20", "[baseline]\nband = 3\nwindow = 20"),
        ("[baseline]", "[severity]\ncritical = { minutes = 30, share = 0.5, transactions = 500 }\n[baseline]"),
        ('method = "share"', 'method = "share"\nwindow = 15'),
        ('method = "share"', 'method = "share"\nrunbook = "https://example.org/other"'),
        ('method = "share"', 'method = "share"\nrecommendation = "Ask the acquirer."'),
    ],
)
def test_the_version_stays_when_only_words_or_defaults_are_written(tmp_path: Path, old: str, new: str) -> None:
    assert load(written(tmp_path, changed(old, new))).version == load(written(tmp_path, FILE)).version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("window = 20", "window = 21"),
        ("window = 20", "window = 20\ninclude_current = true"),
        ("resolve_after = 3", "resolve_after = 4"),
        ("threshold = 2.5", "threshold = 2.6"),
        ('["failed"]', '["failed", "denied"]'),
        ('name = "z"', 'name = "zz"'),
        ("critical = 0.2", "critical = 0.3"),
        ("resolve_after = 3", "resolve_after = 3\ngroup = true"),
        ("[baseline]", "[facets]\nauth_code = 'denied'\n[baseline]"),
        ("[baseline]", "[severity]\ncritical = { minutes = 31, share = 0.5, transactions = 500 }\n[baseline]"),
        ("[baseline]", "[severity]\nminimum_lost = 71\n[baseline]"),
        ("[baseline]", "[severity]\nfalls_after = 11\n[baseline]"),
    ],
)
def test_the_version_changes_with_every_setting(tmp_path: Path, old: str, new: str) -> None:
    assert load(written(tmp_path, changed(old, new))).version != load(written(tmp_path, FILE)).version


def test_the_version_is_the_same_in_every_process() -> None:
    code = "from processors.rules import load; print(load().version)"
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    other = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == load().version
