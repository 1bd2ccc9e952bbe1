"""`floodmark verify`, run: read the alert and its minutes, judge them again, say what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from floodmark.store.ask import Unreachable, asking
from floodmark.store.errors import StoreError
from floodmark.store.explain import explain
from floodmark.store.locate import DATABASE
from floodmark.store.users import CredentialsError
from floodmark.terminal import clean_console
from floodmark.told import print_json, to_stderr
from floodmark.verify.receipt import Receipt, as_json, minute_at, receipt
from floodmark.verify.recompute import Progress as Told
from floodmark.verify.recompute import recompute
from floodmark.verify.rules import find
from floodmark.verify.store import Extent, Reader
from floodmark.verify.terminal import show
from processors.domain.window import STREAM
from processors.rules import RuleError
from processors.settings import TimeSettings

DIFFERENT, MISUSED, UNREACHABLE = 1, 2, 3
_SERVERS_OWN: Final = ("", "default")
"""Databases in a DSN that name none of ours: the sink then writes to `floodmark`."""


@dataclass(frozen=True, slots=True)
class Job:
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


class _Refused(Exception):
    """There is no such incident, or nothing to recompute it from; the message says what to do."""


def run(job: Job, *, as_json_text: bool) -> None:
    """Verify the alert.

    Ends the process with 1 when it is not equal, with 2 when the incident or its rule set is not known or there is no
    store, with 3 when the store cannot be reached or asked, with 75 when it starts or stops: try again.
    """
    try:
        with asking(job.data_dir, job.dsn) as ask:
            made = verify(job, Reader(ask, _database(job.dsn)))
    except (Unreachable, CredentialsError) as error:
        _fail(str(error), getattr(error, "code", UNREACHABLE))
    except StoreError as error:
        _fail(explain(error, "", list), UNREACHABLE)
    except (_Refused, RuleError) as error:
        _fail(str(error), MISUSED)
    if as_json_text:
        print_json(as_json(made), indent=2)
    else:
        show(made, clean_console(highlight=False, markup=False, soft_wrap=True))
    if not made.is_equal:
        raise SystemExit(DIFFERENT)


def verify(job: Job, reader: Reader) -> Receipt:
    """The receipt of the alert.

    Raises:
        _Refused: the incident is not known, or says nothing of minutes.
        RuleError: no rule set of that version is at hand.
        StoreError: the store cannot be asked.
    """
    alert = reader.alert(job.incident_id)
    if alert is None:
        latest = reader.latest()
        there = f"The latest are {', '.join(latest)}" if latest else "It holds no alerts at all"
        listed = '`floodmark sql "SELECT incident_id, since, key, state FROM alerts ORDER BY since"` lists them'
        raise _Refused(f"the store knows no incident {job.incident_id!r}. {there}; {listed}.")
    found = find(alert.rule_set, job.rules, job.usual)
    upto = minute_at(alert.timestamp)
    extent = reader.extent(alert.scope, upto)
    with _progress(extent) as told:
        minutes = reader.minutes(alert.scope, extent) if extent else iter(())
        made = recompute(alert, minutes, upto, found.rules, TimeSettings().policy, reader.watch(), told)
    if alert.dimension == STREAM and not made.statements:
        raise _Refused(
            f"{job.incident_id} says that the stream itself could not be trusted ({alert.key}). That follows from when "
            "records came, which no minute tells, so there is nothing to recompute it from."
        )
    return receipt(alert, reader.revisions(job.incident_id), found, made)


@contextmanager
def _progress(extent: Extent | None) -> Iterator[Told]:
    console = clean_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    first, last = (extent.first, extent.last) if extent else (0, 0)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"judging {last - first + 1:,} minutes", total=last - first + 1)
        yield lambda minute: progress.update(task, completed=minute - first + 1)


def _database(dsn: str | None) -> str:
    named = urlsplit(dsn).path.strip("/") if dsn else ""
    return DATABASE if named in _SERVERS_OWN else named


def _fail(message: str, code: int) -> NoReturn:
    to_stderr(f"floodmark verify: {message}")
    raise SystemExit(code)
