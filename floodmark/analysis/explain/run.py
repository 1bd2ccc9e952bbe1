"""`floodmark rules explain`, run: read the rows and the times, explain, print."""

import heapq
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from floodmark.analysis.explain.edit import Editor
from floodmark.analysis.explain.explanation import BeginProgress, as_json, explain
from floodmark.analysis.explain.history import MinuteRange, Progress, history_of
from floodmark.analysis.explain.opinions import Opinions
from floodmark.analysis.explain.opinions import as_json as plain_opinions
from floodmark.analysis.explain.terminal import show
from processors.domain.window import end_ms, minute_of, start_ms
from processors.offline import BadRow, OfflineRow
from processors.rules import RuleError, load
from processors.rules.load import found
from processors.settings import TimeSettings
from producers.files.cells import CellError, instant
from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import RowError, RowFiles, require_rows
from producers.rows import event_time
from runtime.exits import Exit, fail
from runtime.output import print_json, to_stderr
from runtime.settings import read_settings
from runtime.terminal import clean_console
from runtime.typed_times import not_of_form
from schemas.instants import from_ms, stretch_of_ms
from schemas.words import plain

MAX_MINUTES: Final = 1440
"""Minutes of the longest stretch that is explained at once."""
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)")


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What to explain.

    Args:
        files: Rows, as `floodmark detect` reads them.
        auth_codes: Rows by auth code; None: they are not looked at, unless the files have them.
        begin: First instant of the stretch, as it was written.
        end: First instant after it, as it was written.
        rules: Rule file; None: the default rules.
        scope: Look at this one alone; None: at all of them.
        day: Day of files that have times only.
        skip_bad: Leave bad rows out.
        conventions: How the files are written.
    """

    files: tuple[Path, ...]
    auth_codes: Path | None
    begin: str
    end: str
    rules: Path | None
    scope: str | None
    day: date | None
    skip_bad: bool
    conventions: Conventions = AS_FOUND


class _WrongTimes(ValueError):
    """The stretch cannot be explained; the message says why, and what there is."""


def run(job: ExplainRequest, said: tuple[Opinions, ...] = (), *, as_json_text: bool) -> None:
    """Explain the stretch; ends the process with 2 when files, rules, scope or times cannot be used.

    Args:
        job: What to explain.
        said: What people have said of rules.
        as_json_text: Print JSON.
    """
    console = clean_console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())
    try:
        rules, editor = load(job.rules), Editor(found(job.rules))
        sources = (job.files, *([(job.auth_codes,)] if job.auth_codes is not None else []))
        files = [RowFiles(paths, date=job.day, skip_bad=job.skip_bad, conventions=job.conventions) for paths in sources]
        for note in (note for each in files for note in each.reading.assumed):
            to_stderr(note)
        require_rows(files)
        stretch = _stretch(job, files)
        with _progress() as stage:
            count = sum(each.reading.rows for each in files)
            history = history_of(
                _counted(files, stage(f"reading {count:,} rows", count)), read_settings(TimeSettings).policy
            )
            scope = None if job.scope is None else plain(job.scope)
            if scope is not None and scope not in history.scopes:
                there = ", ".join(history.scopes)
                raise _WrongTimes(f"the rows hold no scope {job.scope!r}; they hold {there}")
            seen = history if scope is None else history.only(scope)
            explanation = explain(seen, stretch, rules, editor, stage)
    except (RuleError, RowError, BadRow, _WrongTimes) as error:
        fail(str(error), Exit.MISUSED)
    if as_json_text:
        print_json({**as_json(explanation), "opinions": list(plain_opinions(said))}, indent=2)
    else:
        show(explanation, console, said)


def _counted(files: Sequence[RowFiles], progress: Progress) -> Iterator[OfflineRow]:
    for number, row in enumerate(heapq.merge(*files, key=event_time)):
        if number % 10_000 == 9_999:
            progress(10_000)
        yield OfflineRow(row.timestamp_ms, row.status, row.auth_code, row.count, row.scope, row.amount or 0)


def _stretch(job: ExplainRequest, files: Sequence[RowFiles]) -> MinuteRange:
    ends = [(each.first_ms, each.last_ms) for each in files if each.first_ms is not None and each.last_ms is not None]
    extent = MinuteRange(minute_of(min(first for first, _ in ends)), minute_of(max(last for _, last in ends)))
    there = f"the rows reach from {stretch_of_ms(start_ms(extent.first), end_ms(extent.last))}"
    begin_ms, end_of_it_ms = (_instant_ms(name, text, job.day, extent, there)
                              for name, text in (("--from", job.begin), ("--to", job.end)))  # fmt: skip
    if end_of_it_ms <= begin_ms:
        raise _WrongTimes(f"--to {job.end} must be later than --from {job.begin}; {there}")
    if begin_ms < start_ms(extent.first) or end_of_it_ms > end_ms(extent.last):
        raise _WrongTimes(f"from {job.begin} to {job.end} is not within the rows: {there}")
    stretch = MinuteRange(minute_of(begin_ms), minute_of(end_of_it_ms - 1))
    if stretch.last - stretch.first >= MAX_MINUTES:
        raise _WrongTimes(f"from {job.begin} to {job.end} is more than a day; name the hours in which it was missed")
    return stretch


def _instant_ms(name: str, text: str, day: date | None, extent: MinuteRange, there: str) -> int:
    """The instant: with its day, or a time of the day that is given or that all rows lie on."""
    time = _TIME.fullmatch(text.strip())
    if time is None:
        try:
            return instant(text)
        except CellError as error:
            raise not_of_form("an instant such as 2025-07-12T18:00 (UTC), or a time of the day", text, name) from error
    first, last = (from_ms(start_ms(m)).date() for m in (extent.first, extent.last))
    if day is None and first != last:
        # Of the days on which all rows lie, the first one that has rows at that time.
        there_on = start_ms(extent.first) <= _on(first, time) <= end_ms(extent.last)
        raise _WrongTimes(f"{name} {text} names no day, and {there}; write {first if there_on else last}T{text}")
    return _on(day or first, time)


def _on(day: date, time: re.Match[str]) -> int:
    """Epoch milliseconds of a time of the day."""
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    return int((midnight + timedelta(hours=int(time[1]), minutes=int(time[2]))).timestamp() * 1000)


@contextmanager
def _progress() -> Iterator[BeginProgress]:
    console = clean_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def stage(what: str, steps: int) -> Progress:
            task: TaskID = bar.add_task(what, total=steps)
            return lambda more: bar.advance(task, more)

        yield stage
