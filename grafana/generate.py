"""Writes the dashboards that are made here: `python -m grafana.generate`."""

from pathlib import Path
from typing import Final

from grafana.boards import codes, executive, history, incidents, pipeline, realtime, scopes, slo
from grafana.kit import Board, document

FOLDER: Final = Path(__file__).parent / "dashboards"
BOARDS: Final[tuple[Board, ...]] = (
    realtime.BOARD,
    slo.BOARD,
    incidents.BOARD,
    history.BOARD,
    executive.BOARD,
    codes.BOARD,
    scopes.BOARD,
    pipeline.BOARD,
)


def main() -> None:
    """Write every file anew."""
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(document(board), "utf-8")


if __name__ == "__main__":
    main()
