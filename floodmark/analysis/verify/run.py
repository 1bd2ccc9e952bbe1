"""`floodmark verify`, run: read the alert and its minutes, judge them again, say what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from floodmark.analysis.verify.receipt import VerifyReceipt, minute_at, receipt
from floodmark.analysis.verify.recompute import Progress as RecomputeProgress
from floodmark.analysis.verify.recompute import recompute
from floodmark.analysis.verify.rules import find
from floodmark.analysis.verify.settings import deciding
from floodmark.analysis.verify.stored import Extent, Reader
from processors.domain.window import STREAM
from processors.settings import TimeSettings
from runtime.settings import read_settings
from runtime.terminal import clean_console


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What to verify.

    Args:
        incident_id: The incident.
        data_dir: Where the store is, unless `dsn` is given.
        dsn: A ClickHouse server.
        rules: Files to look for the rule set in; none: the usual one and the shipped ones.
        usual: The rule file of the settings.
    """

    incident_id: str
    data_dir: Path
    dsn: str | None
    rules: tuple[Path, ...]
    usual: Path | None


class VerifyRefused(Exception):
    """There is no such incident, or nothing to recompute it from; the message says what to do."""


def verify(job: VerifyRequest, reader: Reader) -> VerifyReceipt:
    """The receipt of the alert.

    Raises:
        VerifyRefused: the incident is not known, or says nothing of minutes.
        RuleError: no rule set of that version is at hand.
        StoreError: the store cannot be asked.
    """
    alert = reader.alert(job.incident_id)
    if alert is None:
        latest = reader.latest()
        there = f"The latest are {', '.join(latest)}" if latest else "It holds no alerts at all"
        listed = '`floodmark sql "SELECT incident_id, since, key, state FROM alerts ORDER BY since"` lists them'
        raise VerifyRefused(f"the store knows no incident {job.incident_id!r}. {there}; {listed}.")
    settings = read_settings(TimeSettings)
    found = find(alert.rule_set, job.rules, job.usual)
    upto = minute_at(alert.timestamp)
    extent = reader.extent(alert.scope, upto)
    with _progress(extent) as progress:
        minutes = reader.minutes(alert.scope, extent) if extent else iter(())
        made = recompute(alert, minutes, upto, found.rules, settings.policy, reader.watch(), progress)
    if alert.dimension == STREAM and not made.statements:
        raise VerifyRefused(
            f"{job.incident_id} says that the stream itself could not be trusted ({alert.key}). That follows from when "
            "records came, which no minute tells, so there is nothing to recompute it from."
        )
    return receipt(alert, reader.revisions(job.incident_id), found, made, deciding(settings))


@contextmanager
def _progress(extent: Extent | None) -> Iterator[RecomputeProgress]:
    console = clean_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    first, last = (extent.first, extent.last) if extent else (0, 0)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"judging {last - first + 1:,} minutes", total=last - first + 1)
        yield lambda minute: progress.update(task, completed=minute - first + 1)
