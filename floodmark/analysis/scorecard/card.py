"""The card: each measure with its mean and spread over the seeds, beside what it must be; and each quiet feed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from floodmark.analysis.scorecard.feed_run import FeedRun
from floodmark.analysis.scorecard.measures import false_a_day, found
from floodmark.analysis.scorecard.musts import FALSE_AIM, FALSE_MUST, MEASURES, QUIET, Measure
from floodmark.analysis.scorecard.statistics import mean_and_spread
from floodmark.analysis.scorecard.tables import Grid


@dataclass(frozen=True, slots=True)
class CardLine:
    """A measure as it came out.

    Args:
        measure: What was measured.
        mean: Over the seeds.
        spread: Standard deviation over the seeds; None for a single one.
        seeds: How many seeds it was taken of.
    """

    measure: Measure
    mean: float
    spread: float | None
    seeds: int

    @property
    def is_met(self) -> bool | None:
        """Whether it is what it must be; None where nothing must."""
        return self.measure.is_met(self.mean, self.measure.must)

    @property
    def words(self) -> str:
        """In a word: missed, met, or at its aim."""
        if self.is_met is None:
            return ""
        if not self.is_met:
            return "missed"
        return "aim" if self.measure.is_met(self.mean, self.measure.aim) else "met"


def measured(measure: Measure, runs: Sequence[FeedRun]) -> CardLine | None:
    """A measure as it came out; None when none of its feeds has been judged.

    A measure of several feeds is taken of those of them that have been judged.
    """
    mine: dict[int, list[FeedRun]] = {}
    for run in runs:
        if run.feed in measure.feeds:
            mine.setdefault(run.seed, []).append(run)
    values = [value for seed in sorted(mine) if (value := measure.value(mine[seed])) is not None]
    if not values:
        return None
    mean, spread = mean_and_spread(values)
    return CardLine(measure, mean, spread, len(values))


def lines_of(runs: Sequence[FeedRun]) -> Iterator[CardLine]:
    """A line for each measure of which at least one feed has been judged, in the order of the measures."""
    return (line for measure in MEASURES if (line := measured(measure, runs)) is not None)


def grid_of(lines: Sequence[CardLine]) -> Grid:
    """The lines as a table in words."""
    rows = []
    for line in lines:
        sign = "≤" if line.measure.is_limit else "≥"
        must, aim = ("" if bound is None else f"{sign} {bound:g}" for bound in (line.measure.must, line.measure.aim))
        rows.append([line.measure.name, must, aim, f"{line.mean:.3f}", _spread(line), line.words])
    return Grid(["measure", "must", "aim", "mean", "spread", "result"], rows)


def quiet_grid(runs: Sequence[FeedRun]) -> Grid:
    """A row for each quiet feed that has been judged: its false pages, and what was found in it."""
    head = ["quiet feed", "false a day", "spread", "must", "found", "within 10 min", "result"]
    rows = []
    for name in QUIET:
        false = measured(Measure(name, (name,), false_a_day, FALSE_MUST, FALSE_AIM, is_limit=True), runs)
        if false is not None:
            hits = (measured(Measure(name, (name,), value), runs) for value in (found(), found(within=10)))
            parts = ["–" if hit is None else f"{hit.mean:.3f}" for hit in hits]
            rows.append([name, f"{false.mean:.3f}", _spread(false), f"≤ {FALSE_MUST:g}", *parts, false.words])
    return Grid(head, rows)


def _spread(line: CardLine) -> str:
    return "–" if line.spread is None else f"{line.spread:.3f}"
