"""The back-test as a command: files in, alerts and minutes out, a summary for people."""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from floodmark.analysis.backtest.page import BackTest, page
from floodmark.analysis.backtest.strips import Strips
from floodmark.analysis.backtest.tally import Tally
from floodmark.analysis.backtest.terminal import show as show_incidents
from floodmark.analysis.compare.comparison import as_json, compared
from floodmark.analysis.compare.terminal import show
from floodmark.analysis.incidents import Incidents
from processors.domain.ruleset import RuleSet
from processors.offline import BadRow, OfflineJudgement, OfflineRow, judge_rows_by_each
from processors.rules import RuleError, load
from processors.settings import TimeSettings
from processors.stages.records import alert_of, verdict_record
from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import RowError, RowFiles, require_rows
from producers.files.source import STANDARD_INPUT
from producers.rows import event_time
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail
from runtime.output import print_json
from runtime.settings import read_settings
from runtime.terminal import clean_console
from schemas.codec import encode


@dataclass(frozen=True, slots=True)
class BackTestRequest:
    """What to judge, by which rules, and where to write it.

    Args:
        compare: Other rules, to say what they would change; None: nothing is compared.
        as_json: Print what came of it as JSON.
        html: Where to write the page; None: no page.
        conventions: How the files are written.
    """

    transactions: Path
    auth_codes: Path | None
    rules: Path | None
    alerts: Path
    minutes: Path | None
    day: date | None
    skip_bad: bool
    compare: Path | None = None
    as_json: bool = False
    html: Path | None = None
    conventions: Conventions = AS_FOUND

    @property
    def sources(self) -> list[Path]:
        """The files to judge."""
        return [path for path in (self.transactions, self.auth_codes) if path is not None]

    @property
    def places(self) -> dict[str, Path]:
        """The files to write, by what goes into them."""
        named = {"alerts": self.alerts, "minutes": self.minutes, "the page": self.html}
        return {name: path for name, path in named.items() if path is not None}


def run(job: BackTestRequest) -> None:
    """Judge the files.

    Ends the process with 2 when they, the rules or the places to write to cannot be used, and with 1 when the
    results cannot be written; then nothing is written, and files that were there before stay as they are.
    """
    console = clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    tally = Tally()
    try:
        rules = load(job.rules)
        other = load(job.compare) if job.compare is not None else None
        _check_places(job)
        files = [
            RowFiles([path], date=job.day, skip_bad=job.skip_bad, conventions=job.conventions) for path in job.sources
        ]
        for note in _notes(job, files):
            console.print(note)
        require_rows(files)
        by_rule_set = _judge(job, [rules, *([other] if other else [])], files, tally, console)
    except (RuleError, RowError, BadRow, _PlaceError) as error:
        fail(str(error), Exit.MISUSED)
    except DraftError as error:
        fail(str(error), Exit.FAILED)
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}; did it change meanwhile?", Exit.FAILED)
    _summary(job, rules, tally, console)
    if not job.as_json:
        # Beside the summary, as the alerts themselves may go to stdout.
        show_incidents(list(by_rule_set[0]), clean_console(stderr=True, highlight=False, markup=False))
    for note in (note for file in files for note in file.reading.assumed):
        console.print(note)
    comparison = compared(rules, by_rule_set[0], other, by_rule_set[1], minutes=len(tally.minutes)) if other else None
    if job.as_json:
        report = tally.as_json(rules) | ({"comparison": as_json(comparison)} if comparison is not None else {})
        print_json(report, indent=2)
    elif comparison is not None:
        show(comparison, clean_console(highlight=False, markup=False))


class _PlaceError(Exception):
    """Results cannot go where they were asked to; the message says why and what to do."""


def _check_places(job: BackTestRequest) -> None:
    """Look before the work is done whether its results have a place, and overwrite nothing that is read."""
    if job.sources.count(STANDARD_INPUT) > 1:
        raise _PlaceError("standard input (-) is given twice, and can be read once; give a file for the other")
    read = {path.resolve() for path in (*job.sources, job.rules, job.compare) if path is not None}
    taken: dict[Path, str] = {}
    for name, path in job.places.items():
        if path.is_dir():
            raise _PlaceError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise _PlaceError(f"{path} cannot be written: there is no folder {path.parent}; make it first")
        if path.resolve() in read:
            raise _PlaceError(f"{path} is to be read, so it cannot be written; name another file for the results")
        if path.resolve() in taken:
            raise _PlaceError(f"{path} cannot hold both {taken[path.resolve()]} and {name}; name two files")
        if path.is_file() or not path.exists():
            taken[path.resolve()] = name


def _notes(job: BackTestRequest, files: Sequence[RowFiles]) -> list[str]:
    """What people should know: of one file, whatever names it; anything else only when it is true of all of them."""
    notes = Counter(note for file in files for note in file.reading.notes)
    return [n for n, times in notes.items() if times == len(files) or any(str(path) in n for path in job.sources)]


def _judge(
    job: BackTestRequest, rule_sets: Sequence[RuleSet], files: Sequence[RowFiles], tally: Tally, console: Console
) -> list[Incidents]:
    """Judge by all rule sets in one pass and write what the first one says; the incidents by each."""
    by_rule_set, strips = [Incidents() for _ in rule_sets], Strips()
    with ExitStack() as stack:
        drafts = {name: stack.enter_context(Draft(path)) for name, path in job.places.items()}
        progress = stack.enter_context(_progress(console))
        task = progress.add_task("reading", total=None)
        for findings in judge_rows_by_each(_rows(files, tally), rule_sets, read_settings(TimeSettings).policy):
            _write(findings[0], rule_sets[0], drafts, tally)
            if job.html is not None:
                strips.take(findings[0])
            for incidents, finding in zip(by_rule_set, findings, strict=True):
                incidents.take(finding)
            progress.update(task, description=f"{tally.rows:,} rows, {len(tally.minutes):,} minutes")
        if job.html is not None:
            names = [path.name for path in job.sources]
            text = page(BackTest(names, rule_sets[0], tally, list(by_rule_set[0]), strips))
            drafts["the page"].write_line(text.rstrip().encode())
        for draft in drafts.values():
            draft.finish()
        for draft in drafts.values():
            draft.publish()
    for file in files:
        for sentence in file.reading.told_left_out():
            console.print(sentence)
    return by_rule_set


def _rows(files: Sequence[RowFiles], tally: Tally) -> Iterator[OfflineRow]:
    for row in heapq.merge(*files, key=event_time):
        tally.rows += 1
        yield OfflineRow(row.timestamp_ms, row.status, row.auth_code, row.count, row.scope, row.amount or 0)


def _progress(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _write(finding: OfflineJudgement, rules: RuleSet, drafts: Mapping[str, Draft], tally: Tally) -> None:
    minutes = drafts.get("minutes")
    for revised in finding.verdicts:
        tally.minutes.add(revised.verdict.minute)
        if minutes is not None:
            minutes.write_line(verdict_record(revised, rules.version, 0)[1])
    for statement in finding.statements:
        alert = alert_of(statement, rules, 0)
        drafts["alerts"].write_line(encode(alert))
        if alert.state == "firing":
            tally.incidents[f"{alert.dimension} {alert.key}"] += 1


def _summary(job: BackTestRequest, rules: RuleSet, tally: Tally, console: Console) -> None:
    incidents = tally.incidents.total()
    rate = f", {tally.a_day:.1f} a day" if tally.minutes else ""
    console.print(tally.extent(rules))
    console.print(f"{incidents} incident{'' if incidents == 1 else 's'}{rate}; written to {job.alerts}")
    for series, count in tally.incidents.most_common():
        console.print(f"  {series}: {count:,}")
    if job.html is not None:
        console.print(f"The page is in {job.html}.")
