"""The lines of a text, each of a size that fits into memory."""

import io
from collections.abc import Iterator
from itertools import chain
from typing import Final, TextIO

MAX_LINE: Final = 16 * 2**20
"""The longest line that is read whole, in characters; a longer one is cut, and can be no good row any more."""
CUT: Final = "\0\n"
"""Stands where a line was cut: no cell may hold that character, so nothing of such a line counts."""

_BLOCK: Final = 2**20


def bounded_lines(text: TextIO) -> Iterator[str]:
    """The lines with their ends, which are those of any system.

    Of a line longer than about `MAX_LINE` the beginning comes, and `CUT`. Its rest is read when the next line is asked
    for, and left out.

    Args:
        text: Opened so that line ends stay as they are.
    """
    # Blocks of many lines, taken apart by the library: a loop of ours over lines takes longer than reading the cells.
    return chain.from_iterable(_blocks(text))


def _blocks(text: TextIO) -> Iterator[TextIO]:
    begun = ""
    while block := text.read(_BLOCK):
        # Of a `\r` at the end of a block it is known only now whether `\n` follows.
        if begun.endswith("\r") and not block.startswith("\n"):
            yield io.StringIO(begun, newline="")
            begun = ""
        end = max(block.rfind("\n"), block.rfind("\r", 0, -1)) + 1
        if end:
            yield io.StringIO(begun + block[:end], newline="")
            begun = block[end:]
        elif len(begun) > MAX_LINE:
            yield io.StringIO(begun + CUT, newline="")
            begun = _after_line(block, text)
        else:
            begun += block
    if begun:
        yield io.StringIO(begun, newline="")


def _after_line(block: str, text: TextIO) -> str:
    """What lies beyond the end of the line that goes on in the block, of what has been read of the text by then."""
    while block:
        ends = [at for at in (block.find("\n"), block.find("\r")) if at >= 0]
        if ends:
            end = min(ends) + 1
            rest = block[end:]
            if block[end - 1] == "\n":
                return rest
            return (rest or text.read(1)).removeprefix("\n")
        block = text.read(_BLOCK)
    return ""
