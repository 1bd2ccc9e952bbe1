"""What others wrote, made fit for a terminal or a page: nothing in it steers, hides or turns round what is read."""

import json
from collections.abc import Callable
from typing import Final

LAYOUT: Final = "\n\t"
"""What a text of ours may hold beside what is printed."""


def shown(text: str, keep: str = LAYOUT, mark: str | None = None) -> str:
    """The text with every character that is not printed written out, as by its number: `x9b`, `u202e`.

    These are control characters (C0, C1), marks and overrides of direction, zero-width characters, line and paragraph
    separators, spaces other than U+0020, surrogates, and what Unicode has not assigned.

    Args:
        text: Any text.
        keep: Characters of these kinds that stay as they are.
        mark: Stands for each of the others; None: they are written out.
    """
    return _each(text, keep, lambda sign: repr(sign)[1:-1] if mark is None else mark)


def shown_json(text: str) -> str:
    """JSON text with such characters as JSON writes them out: another spelling of the same values."""
    return _each(text, LAYOUT + "\r", lambda sign: json.dumps(sign)[1:-1])


def _each(text: str, keep: str, written: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in keep else written(sign) for sign in text)
