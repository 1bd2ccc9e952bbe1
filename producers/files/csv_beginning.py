"""How a CSV file begins: what lies before its header, and what is between two cells."""

import csv
from collections.abc import Iterable

from producers.files.csv_layout import named_separator, separator


def beginning(lines: Iterable[str]) -> tuple[int, str, str]:
    """How many lines lie before the header, what is between two cells, and the header; the last is empty without one.

    Spreadsheets put `sep=;` before the header; programs and people put empty lines there.
    """
    said = None
    skipped = 0
    for line in lines:
        if line.strip("\ufeff \t\r\n"):
            found = named_separator(line)
            if found is None:
                return skipped, said or separator(line), line
            said = found
        skipped += 1
    return skipped, separator(""), ""


def quotation(error: csv.Error) -> str:
    """What is wrong with a line that is no CSV, and what to do."""
    if "field limit" in str(error):
        return f"a cell has more than {csv.field_size_limit():,} characters; shorten it, or close its quotation marks"
    return f"{error}; correct the quotation marks"
