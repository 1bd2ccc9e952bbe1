"""The back-test as a command: files in, alerts and minutes out, a summary for people."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, NoReturn

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from processors.domain.ruleset import RuleSet
from processors.offline import BadRow, Finding, Row, judge_rows
from processors.records import alert_of, minute_record
from processors.rules import RuleError, load
from schemas.codec import encode


@dataclass(frozen=True, slots=True)
class Job:
    """What to judge, by which rules, and where to write it."""

    transactions: Path
    auth_codes: Path | None
    rules: Path | None
    alerts: Path
    minutes: Path | None
    day: date | None
    skip_bad: bool


@dataclass(slots=True)
class Tally:
    """What was judged and said."""

    rows: int = 0
    minutes: set[int] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    incidents: Counter[str] = field(default_factory=Counter)


def run(job: Job) -> None:
    """Judge the files; ends the process with 2 when they or the rules cannot be used."""
    try:
        rules = load(job.rules)
    except RuleError as exc:
        _fail(str(exc))
    from producers.csv_rows import RowError

    tally = Tally()
    try:
        with ExitStack() as stack:
            alerts = stack.enter_context(_opened(job.alerts))
            minutes = stack.enter_context(_opened(job.minutes)) if job.minutes else None
            progress = stack.enter_context(_progress())
            task = progress.add_task("reading", total=None)
            for finding in judge_rows(_rows(job, tally), rules):
                _write(finding, rules, alerts, minutes, tally)
                progress.update(task, description=f"{tally.rows:,} rows, {len(tally.minutes):,} minutes")
    except (RowError, BadRow) as exc:
        _fail(str(exc))
    except OSError as exc:
        _fail(f"{exc.filename}: {exc.strerror}. Give a file that can be read, and a place that can be written.")
    _summary(job, rules, tally)


def _rows(job: Job, tally: Tally) -> Iterator[Row]:
    from producers.csv_rows import read_rows

    paths = [path for path in (job.transactions, job.auth_codes) if path is not None]
    for row in read_rows(paths, date=job.day, skip_bad=job.skip_bad):
        tally.rows += 1
        yield Row(row.timestamp_ms, row.status, row.auth_code, row.count, row.scope, row.amount or 0)


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    )


def _write(finding: Finding, rules: RuleSet, alerts: BinaryIO, minutes: BinaryIO | None, tally: Tally) -> None:
    for revised in finding.verdicts:
        tally.minutes.add(revised.verdict.minute)
        if minutes is not None:
            minutes.write(minute_record(revised, rules.version, 0)[1] + b"\n")
    for statement in finding.statements:
        alert = alert_of(statement, rules, 0)
        alerts.write(encode(alert) + b"\n")
        tally.states[alert.state] += 1
        if alert.state == "firing":
            tally.incidents[f"{alert.dimension} {alert.key}"] += 1


def _summary(job: Job, rules: RuleSet, tally: Tally) -> None:
    console = Console(stderr=True, highlight=False)
    days = len(tally.minutes) / 1440
    incidents = tally.incidents.total()
    rate = f", {incidents / days:.1f} a day" if days else ""
    console.print(
        f"{tally.rows:,} rows, {len(tally.minutes):,} minutes ({days:.1f} days), rules {rules.name} {rules.version}"
    )
    console.print(f"{incidents} incidents{rate}; written to {job.alerts}")
    for series, count in tally.incidents.most_common():
        console.print(f"  {series}: {count}")


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(2)
