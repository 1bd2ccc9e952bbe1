"""Words to stdout and stderr, and JSON, with nothing in them that would steer a terminal."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from schemas.shown import shown, shown_json


def to_stdout(message: str) -> None:
    """Write a message to stdout, at once, also where that is a file or a pipe."""
    sys.stdout.write(f"{shown(message)}\n")
    sys.stdout.flush()


def to_stderr(message: str) -> None:
    """Write a message to stderr."""
    sys.stderr.write(f"{shown(message)}\n")


def print_json(value: Any, **how: Any) -> None:
    """Write JSON to stdout at once, letters of all scripts as they are; `how` goes to `json.dumps`."""
    sys.stdout.write(shown_json(json.dumps(value, ensure_ascii=False, **how)) + "\n")
    sys.stdout.flush()


def print_json_lines(texts: Iterable[str]) -> None:
    """Write texts that are JSON to stdout, one a line, and all of them at once."""
    for text in texts:
        sys.stdout.write(shown_json(text) + "\n")
    sys.stdout.flush()
