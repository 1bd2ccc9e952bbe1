"""CSV for spreadsheets: cells that others wrote are no formulas."""

from collections.abc import Iterable, Iterator
from typing import Final

BEGINNINGS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula; the last four are the wide forms of the others."""


def without_formulas(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows with an apostrophe before each cell that begins like a formula.

    Spaces and line ends before it do not help it. Numbers stay as they are, negative ones too.
    """
    return ([_tamed(cell) for cell in row] for row in rows)


def _tamed(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(BEGINNINGS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii()
