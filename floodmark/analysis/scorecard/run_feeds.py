"""The scorecard of named feeds as a command: make, judge, measure, show and publish."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from floodmark.analysis.scorecard.card import grid_of, lines_of, quiet_grid
from floodmark.analysis.scorecard.feed_run import FeedRun, run_feed
from floodmark.analysis.scorecard.kept_runs import KeptRunError, KeptRuns
from floodmark.analysis.scorecard.matching import false_pages, outcomes
from floodmark.analysis.scorecard.tables import FEEDS as PLACE
from floodmark.analysis.scorecard.tables import Grid, NoPlace, in_markdown, in_terminal, put, text_with
from processors.rules import RuleError, load
from processors.settings import TimeSettings
from producers.simulate.feeds.catalogue import FEEDS, NoSuchFeed, feed_of
from producers.simulate.feeds.placing import NoRoom
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail
from runtime.settings import read_settings
from runtime.terminal import clean_console

_WIDTH = 110
"""Columns that the table needs."""


@dataclass(frozen=True, slots=True)
class FeedsRequest:
    """Which feeds to score, with how many seeds and by which rules.

    Args:
        feeds: Names; none: all.
        seeds: How many seeds, from 1 on.
        rules: Rule file; None: the default rules.
        write: Put the card between the feeds markers of this Markdown file; None: it is only shown.
        pages: Whether false pages and missed events are shown one by one.
        resume: Folder in which each run is kept when it is done, and taken from when it is there; None: all are judged.
    """

    feeds: tuple[str, ...] = ()
    seeds: int = 10
    rules: Path | None = None
    write: Path | None = None
    pages: bool = False
    resume: Path | None = None


def run_feeds(job: FeedsRequest) -> None:
    """Score the feeds. Ends the process with 2 on wrong usage, with 1 when something fails on the way."""
    try:
        rules = load(job.rules)
        names = [feed_of(name).name for name in job.feeds] or list(FEEDS)
        text = text_with(PLACE, job.write) if job.write else ""
        console = clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        kept = KeptRuns(job.resume, rules.version) if job.resume else None
        runs = sorted(_runs(job, names, kept, console), key=lambda run: (names.index(run.feed), run.seed))
        minutes = sum(run.cpu_s for run in runs) / 60
        head = (
            f"Rules {rules.name} {rules.version}, seeds 1 to {job.seeds}, spread is the standard deviation over them; "
            f"judging took {minutes:.1f} CPU minutes"
        )
        grids = [grid for grid in (grid_of(list(lines_of(runs))), quiet_grid(runs)) if grid.rows]
        _show(job, head, grids, runs)
        if job.write is not None:
            tables = "\n\n".join(map(in_markdown, grids))
            words = f"{head}. Made by\n\n    {shlex.join(_command(job))}\n\n{tables}"
            with Draft(job.write) as draft:
                draft.write_line(put(PLACE, text, words).encode().removesuffix(b"\n"))
                draft.finish()
                draft.publish()
    except (RuleError, NoRoom, NoSuchFeed, NoPlace) as error:
        fail(str(error), Exit.MISUSED)
    except (DraftError, KeptRunError) as error:
        fail(str(error), Exit.FAILED)


def _show(job: FeedsRequest, head: str, grids: Sequence[Grid], runs: Sequence[FeedRun]) -> None:
    out = clean_console(highlight=False, soft_wrap=True, markup=False)
    out.width = max(out.width, _WIDTH)
    for grid in grids:
        out.print(in_terminal(grid, ""))
    if job.pages:
        for line in _one_by_one(runs):
            out.print(line)
    out.print(head)


def _runs(job: FeedsRequest, names: Sequence[str], kept: KeptRuns | None, console: Console) -> Iterator[FeedRun]:
    """All runs: those that were kept, then the others as they are done, which are kept at once."""
    tasks = []
    # Seed by seed, so that what is stopped half-way has whole seeds; of a seed, what takes longest comes first.
    for seed in range(1, job.seeds + 1):
        for name in sorted(names, key=lambda n: -FEEDS[n].days):
            if kept is not None and (run := kept.of(name, seed)) is not None:
                yield run
            else:
                tasks.append((name, seed))
    for run in _judged(job, tasks, console):
        if kept is not None:
            kept.keep(run)
        yield run


def _judged(job: FeedsRequest, tasks: Sequence[tuple[str, int]], console: Console) -> Iterator[FeedRun]:
    """The runs of these feeds and seeds as they are done, in as many processes as this one may use cores."""
    processes = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    if len(tasks) <= 1 or processes == 1:
        yield from (_one(*task, job.rules) for task in tasks)
        return
    context = get_context("spawn")
    with (
        ProcessPoolExecutor(processes, mp_context=context) as pool,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        bar = progress.add_task("feeds", total=len(tasks))
        for done in as_completed([pool.submit(_one, name, seed, job.rules) for name, seed in tasks]):
            run = done.result()
            progress.update(bar, advance=1, description=run.feed)
            yield run


def _one(name: str, seed: int, rules: Path | None) -> FeedRun:
    """In a process of its own."""
    return run_feed(feed_of(name), seed, load(rules), read_settings(TimeSettings).policy)


def _one_by_one(runs: Sequence[FeedRun]) -> Iterator[str]:
    """Each false page and each event that was missed, in words."""
    for run in runs:
        where = f"{run.feed}, seed {run.seed}"
        for page in false_pages(run):
            yield f"false in {where}: {_when(page.minute)}, {page.severity}: {page.summary}"
        for outcome in outcomes(run):
            truth = outcome.truth
            if outcome.found is None:
                yield f"missed in {where}: {_when(truth.first)}, {truth.event}, {truth.last - truth.first + 1} minutes"


def _when(minute: int) -> str:
    return f"day {minute // 1440} {minute % 1440 // 60:02}:{minute % 60:02}"


def _command(job: FeedsRequest) -> list[str]:
    """The command as people would type it here; where runs were kept changes nothing of what it makes."""
    words = ["floodmark", "scorecard", "--feeds", "--seeds", str(job.seeds)]
    for name in job.feeds:
        words += ["--feed", name]
    for flag, path in (("--rules", job.rules), ("--write", job.write)):
        words += [flag, os.path.relpath(path)] if path else []
    return words
