"""What was measured, what has to come of it, and a table of both."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from operator import ge, lt
from typing import Any

from rich.table import Table

_MEETS: dict[str, Callable[[float, float], bool]] = {"≥": ge, "<": lt}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Args:
        name: What it is.
        value: What was measured.
        must: `≥` or `<`, and a number; None: it explains another one.
        bare: The same of the bare handler; None: it has no such thing.
    """

    name: str
    value: float
    must: tuple[str, float] | None = None
    bare: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is as it must be."""
        return self.must is None or _MEETS[self.must[0]](self.value, self.must[1])

    def as_json(self) -> dict[str, Any]:
        """With the ratio to the bare handler, and whether it is met."""
        return {**asdict(self), "ratio": self.value / self.bare if self.bare else None, "met": self.is_met}


def table(figures: Sequence[Figure]) -> Table:
    """For people."""
    made = Table("", "gateway", "bare handler", "ratio", "must be", "")
    for each in figures:
        bare = ("", "") if not each.bare else (f"{each.bare:,.2f}", f"{each.value / each.bare:.2f}")
        must = "" if each.must is None else f"{each.must[0]} {each.must[1]:,g}"
        made.add_row(each.name, f"{each.value:,.2f}", *bare, must, "" if each.is_met else "missed")
    return made
