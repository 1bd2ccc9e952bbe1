"""How long each panel takes, warm, over the ranges that people look at."""

import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psutil

from floodmark.queries.library import library
from grafana.generate import BOARDS
from grafana.kit import document
from tests.bench.store.filling import DAY_S, START_S
from tests.deploy.grafana_macros import View

CHOSEN: Final = {"scope": "all", "status": "denied", "code": "51", "objective": "0.9"}
INTERVALS: Final = {1: 60, 7: 600, 30: 1800, 90: 7200}
"""Days of a range to the seconds of one of its points, as Grafana takes them on a screen 1 500 points wide."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query over one range, warm: its name, the days, the seconds of each time, CPU seconds of one time."""

    name: str
    days: int
    seconds: list[float]
    cpu: float

    @property
    def p95(self) -> float:
        """Of 20 times the 19th; of few the longest."""
        return sorted(self.seconds)[math.ceil(len(self.seconds) * 0.95) - 1]

    @property
    def line(self) -> str:
        """For a table."""
        median = statistics.median(self.seconds) * 1000
        return f"{self.days:4} d  {median:6.0f}  {self.p95 * 1000:6.0f}  {self.cpu * 1000:6.0f}  {self.name}"


def panels(client: Any, store: psutil.Process, days: int, rounds: int) -> Iterator[Asked]:
    """Every panel, variable and annotation, over each range up to `days`."""
    last = START_S + DAY_S * days
    for length in sorted({*(each for each in INTERVALS if each < days), days}):
        view = View(last - DAY_S * length, last, INTERVALS.get(length, 7200), CHOSEN)
        for name, sql in _queries():
            yield Asked(name, length, *_times(client, store, view.expand(sql), rounds))


def questions(client: Any, store: psutil.Process, days: int, rounds: int) -> Iterator[Asked]:
    """Every query of the library, with its defaults: over all that is stored."""
    for asked in library():
        values = {name.removeprefix("param_"): value for name, value in asked.values({}).items()}
        values |= {name: value.split(".")[0] for name, value in values.items() if name in ("from", "to", "known")}
        yield Asked(asked.name, days, *_times(client, store, asked.sql, rounds, values))


def _queries() -> Iterator[tuple[str, str]]:
    for board in BOARDS:
        written = json.loads(document(board))
        for panel in board.panels:
            if isinstance(panel.query, str):
                yield f"{board.name}: {panel.title}", panel.query
        for variable in written["templating"].get("list", []):
            if variable["type"] == "query":
                yield f"{board.name}: variable {variable['name']}", variable["query"]
        for annotation in written["annotations"]["list"]:
            yield f"{board.name}: annotation {annotation['name']}", annotation["target"]["rawSql"]


def _times(
    client: Any, store: psutil.Process, sql: str, rounds: int, values: dict[str, str] | None = None
) -> tuple[list[float], float]:
    client.raw_query(sql, parameters=values, fmt="JSONCompact")
    times, used = [], sum(store.cpu_times()[:2])
    for _ in range(rounds):
        started = time.perf_counter()
        client.raw_query(sql, parameters=values, fmt="JSONCompact")
        times.append(time.perf_counter() - started)
    return times, (sum(store.cpu_times()[:2]) - used) / rounds
