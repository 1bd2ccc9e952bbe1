"""`floodmark silences preview`, run: what a silence would have hidden, from the incidents that are stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import to_builtins
from rich.table import Table

from floodmark.analysis.verify.stored import Reader
from floodmark.local.store.ask import asking
from floodmark.local.store.users import CredentialsError
from floodmark.operate.notify.wishes import SilenceWords
from floodmark.queries.ask import DATABASE, Ask, Unreachable
from floodmark.queries.errors import StoreError
from floodmark.settings import settings_of
from runtime.exits import Exit, fail
from runtime.output import print_json, to_stdout
from runtime.terminal import clean_console
from schemas.durations import seconds_long
from schemas.instants import instant
from schemas.shown import shown
from sinks.clickhouse.dsn import DsnError, parse
from sinks.notify.preview import Matched, Preview, preview

COMMAND: Final = "floodmark silences preview"
MAX_INCIDENTS: Final = 20_000
"""How many incidents are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class StoredPast:
    """What is looked at: the store, and how much of the time that has passed."""

    data_dir: Path | None
    dsn: str | None
    over: timedelta

    def preview(self, matchers: SilenceWords) -> Preview:
        """What a silence of these matchers would have hidden.

        Raises:
            Unreachable, CredentialsError, StoreError: no store tells.
            Misused: there can be no such silence.
        """
        now = datetime.now(UTC)
        begins_ms = int(now.timestamp() * 1000)
        silence = matchers.silence("somebody", "to see what it would hide", begins_ms, timedelta(hours=1))
        with self._asking() as (ask, database):
            since = now - self.over
            return preview(silence, Reader(ask, database).incidents(since, MAX_INCIDENTS), since)

    @contextmanager
    def _asking(self) -> Iterator[tuple[Ask, str]]:
        settings = settings_of({})
        dsn = self.dsn or (settings.store_dsn if self.data_dir is None else None)
        with asking(self.data_dir or settings.data_dir, dsn, DATABASE) as ask:
            try:
                yield ask, (parse(dsn).database if dsn else "") or DATABASE
            except DsnError as error:
                raise Unreachable(str(error), Exit.MISUSED) from None


def show(past: StoredPast, matchers: SilenceWords, *, as_json: bool) -> None:
    """Print what it would have hidden; ends the process when no store tells."""
    try:
        found = past.preview(matchers)
    except (Unreachable, CredentialsError, StoreError) as error:
        fail(_why_not(error), error.code if isinstance(error, Unreachable) else Exit.UNREACHABLE, by=COMMAND)
    if as_json:
        print_json(to_builtins(found))
    else:
        _print(found, past.over)


def show_if_known(past: StoredPast, matchers: SilenceWords) -> None:
    """Print what it would have hidden, or why nobody knows."""
    try:
        _print(past.preview(matchers), past.over)
    except (Unreachable, CredentialsError, StoreError) as error:
        to_stdout(f"What it would have hidden is not known: {_why_not(error)}")


def _why_not(error: Exception) -> str:
    text = f"{error.text} ({error.name})" if isinstance(error, StoreError) else str(error)
    return f"no store tells: {text}"


def _print(found: Preview, over: timedelta) -> None:
    ago = seconds_long(over.total_seconds())
    if not found.known:
        to_stdout(f"The store has no incident of the last {ago}, so that nothing would have been hidden.")
        return
    of = f"{found.known:,} incident{'s' * (found.known != 1)}"
    if not found.incidents:
        to_stdout(f"In the last {ago} it would have hidden nothing of {of}.")
        return
    to_stdout(
        f"In the last {ago} it would have hidden {found.incidents:,} of {of}: at least {found.pages:,} "
        f"page{'s' * (found.pages != 1)}, {found.lost:,.0f} transactions lost, {found.severity} at worst. "
        + (f"{found.breaking:,} would have broken it." if found.breaking else "None would have broken it.")
    )
    table = Table("since", "severity", "incident", "lost", "it", box=None, pad_edge=False, header_style="bold")
    for each in found.worst:
        table.add_row(*_row(each))
    clean_console(highlight=False, markup=False).print(table)
    if found.incidents > len(found.worst):
        to_stdout(f"and {found.incidents - len(found.worst):,} more")


def _row(each: Matched) -> tuple[str, ...]:
    what = shown(f"{each.key} of {each.scope}", keep="", mark="·")
    it = "breaks it" if each.breaks else "is hidden"
    return instant(each.since), each.severity, what, f"{each.lost:,.0f}", it
