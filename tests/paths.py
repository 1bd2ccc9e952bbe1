"""Where things are, seen from any test."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The repository."""
SHARED_FILES: Final = ROOT.parent / "shared"
"""Files that are not part of it (the challenge's, labelled sets): what needs one is skipped where it is not there,
and has a small form on `tests/data`."""
