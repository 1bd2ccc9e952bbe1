"""Writes the reference; `python -m floodmark.reference FILE` writes it elsewhere, `-` to stdout."""

import sys
from pathlib import Path

from floodmark.reference.page import PLACE, page
from runtime.output import to_stdout

place = Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE
if str(place) == "-":
    to_stdout(page().removesuffix("\n"))
else:
    place.write_text(page(), encoding="utf-8")
    to_stdout(str(place))
