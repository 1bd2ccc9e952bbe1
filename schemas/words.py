"""Words: one series, however its name is typed. Records, rules, calendars and the command line all ask here.

Status, auth code and scope are compared as `plain` writes them: composed (NFC), without what cannot be seen, spaces
trimmed, in lower case. What cannot be seen is what Unicode calls default ignorable (zero-width and direction
characters, joiners, variation selectors), and the control characters U+007F to U+009F: a word that differs by nothing
else looks the same on every screen, and an override of the direction has no place on one.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_WORD: Final = 64
"""The longest status, auth code or scope, in characters."""
INVISIBLE: Final = (
    "\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e"
    "\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8"
)
"""What cannot be seen, as the inside of a character class: of the characters up to U+FFFF."""
WORD_PATTERN: Final = rf"^[^|\x00-\x1f]*[^\s|\x00-\x1f{INVISIBLE}][^|\x00-\x1f]*$"
"""A word: something that can be seen, no `|` and no control character below U+0020."""

_KEPT: Final = 32_768
"""How many words are remembered: a chunk asks for each of its words, and the next chunk for the same ones."""
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
_SPACE: Final = re.compile(r"\s")
_UNFIT: Final = re.compile(r"[|\x00-\x1f\ud800-\udfff]")
_DOTTED: Final = "i\u0307"
"""What İ is in lower case: an i with a second dot, which looks like i."""


def plain(text: str) -> str:
    """The text as words are compared; nothing is left of a text in which nothing can be seen.

    The plain form of a plain form is itself. İ becomes i, and each kind of space a space.
    """
    if text.isascii():
        return text.replace("\x7f", "").strip().lower()
    seen = _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", seen).lower().replace(_DOTTED, "i"))


def word_of(text: str) -> str | None:
    """The plain form of a word as a record may hold it; None when it is no word.

    A word has 1 to `MAX_WORD` characters, as it is typed and in its plain form, and neither `|`, nor a control
    character below U+0020, nor a surrogate, which is what a byte becomes that is no UTF-8.
    """
    return _known(text) if len(text) <= MAX_WORD else None


@lru_cache(_KEPT)
def _known(text: str) -> str | None:
    if _UNFIT.search(text):
        return None
    word = plain(text)
    return word if 1 <= len(word) <= MAX_WORD else None
