"""Which function counts which query anew, and what a query is asked with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.recounted.facts import (
    Facts,
)
from tests.recounted.panels.noted import Row


@dataclass(frozen=True)
class Asked:
    """What is asked for: `[from_s, to_s)`, and other parameters by their names."""

    from_s: int = 0
    to_s: int = 4_000_000_000
    scope: str = "all"
    more: dict[str, Any] = field(default_factory=dict)

    def holds(self, at: float) -> bool:
        return self.from_s <= at < self.to_s


Recount = Callable[[Facts, Asked], list[Row]]
QUERIES: Final[dict[str, Recount]] = {}


def query(recount: Recount) -> Recount:
    """What counts the query of this name anew."""
    QUERIES[recount.__name__] = recount
    return recount
