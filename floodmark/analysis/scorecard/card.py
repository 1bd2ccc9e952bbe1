"""The card: each measure with its mean and spread over the seeds, beside what it must be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from floodmark.analysis.scorecard.feed_run import FeedRun
from floodmark.analysis.scorecard.musts import MEASURES, Measure
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


def lines_of(runs: Sequence[FeedRun]) -> Iterator[CardLine]:
    """A line for each measure of which at least one feed has been judged, in the order of the measures.

    A measure of several feeds is taken of those of them that have been judged.
    """
    seeds = sorted({run.seed for run in runs})
    for measure in MEASURES:
        by_seed = [[run for run in runs if run.seed == seed and run.feed in measure.feeds] for seed in seeds]
        values = [v for mine in by_seed if mine and (v := measure.value(mine)) is not None]
        if values:
            mean, spread = mean_and_spread(values)
            yield CardLine(measure, mean, spread, len(values))


def grid_of(lines: Sequence[CardLine]) -> Grid:
    """The lines as a table in words."""
    rows = []
    for line in lines:
        sign = "≤" if line.measure.is_limit else "≥"
        must, aim = ("" if bound is None else f"{sign} {bound:g}" for bound in (line.measure.must, line.measure.aim))
        spread = "–" if line.spread is None else f"{line.spread:.3f}"
        rows.append([line.measure.name, must, aim, f"{line.mean:.3f}", spread, line.words])
    return Grid(["measure", "must", "aim", "mean", "spread", ""], rows)
