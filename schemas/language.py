"""The languages that people are spoken to in."""

from typing import Literal

Language = Literal["en", "pt"]
