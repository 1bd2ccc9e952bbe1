"""Writes the reference; `python -m floodmark.reference FILE` writes it elsewhere, `-` to stdout."""

import sys
from pathlib import Path

from floodmark.reference.page import PLACE, page

place = Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE
if str(place) == "-":
    sys.stdout.write(page())
else:
    place.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{place}\n")
