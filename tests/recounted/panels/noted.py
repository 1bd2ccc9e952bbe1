"""Which function counts which panel anew."""

from collections.abc import Callable
from typing import Any, Final

from tests.deploy.grafana_macros import View
from tests.recounted.facts import Facts

Row = tuple[Any, ...]
Recount = Callable[[Facts, View], list[Row]]
PANELS: Final[dict[tuple[str, str, str], Recount]] = {}
"""By board, title and kind."""


def panel(board: str, title: str, kind: str = "number") -> Callable[[Recount], Recount]:
    """What counts this panel anew."""

    def note(recount: Recount) -> Recount:
        assert (board, title, kind) not in PANELS
        PANELS[board, title, kind] = recount
        return recount

    return note
