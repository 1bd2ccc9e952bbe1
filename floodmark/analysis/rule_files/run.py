"""`floodmark rules`, run: read rule files, say what is asked of them, end with the exit code."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from floodmark.analysis.rule_files.settings import as_json as plain
from floodmark.analysis.rule_files.show import show as show_rules
from floodmark.analysis.rule_files.trial import Trial, try_case
from floodmark.analysis.rule_files.unseen import SeenWords, named, warnings
from processors.rules import RuleError, RuleFile, found, read
from processors.rules.load import content_of, parsed
from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import RowFiles
from producers.rows import Row, RowError
from runtime.exits import Exit, fail
from runtime.output import print_json, to_stderr, to_stdout
from runtime.terminal import clean_console

_ANY_DAY: Final = date(2025, 1, 1)


def check(files: Sequence[Path], data: Sequence[Path] = (), conventions: Conventions = AS_FOUND) -> None:
    """Say of each file whether it can be used; ends the process with 2 when one cannot.

    With data (CSV files), warn of each scope, key and code that a rule file names and no row has.
    """
    bad, unlooked = 0, False
    seen = _seen(data, conventions)
    for path in files:
        try:
            place = found(path)
            raw = content_of(place)
            file = parsed(place, raw)
        except RuleError as error:
            to_stderr(str(error))
            bad += 1
        else:
            contents = f"{_counted(len(file.rules.rules), 'rule')}, {_counted(len(file.cases), 'test')}"
            to_stdout(f"{path}: ok, {contents}, version {file.rules.version}")
            if seen is not None:
                for warning in warnings(str(path), raw.decode().replace("\r\n", "\n"), file.rules, seen):
                    to_stderr(warning)
            unlooked = unlooked or (seen is None and any(named(file.rules)))
    if unlooked:
        to_stderr("Whether any record has the scopes, keys and codes was not looked at: give rows with --transactions.")
    if bad:
        raise SystemExit(Exit.MISUSED)


def _seen(data: Sequence[Path], conventions: Conventions) -> SeenWords | None:
    """What the rows hold; None without any. Ends the process with 2 when a file cannot be used."""
    if not data:
        return None
    seen = SeenWords()
    try:
        seen.take(row for path in data for row in _rows(path, conventions))
    except RowError as error:
        fail(str(error), Exit.MISUSED)
    return seen


def _rows(path: Path, conventions: Conventions) -> Iterator[Row]:
    """The rows of a file; what day it is does not matter to the words in it."""
    return iter(RowFiles([path], date=_ANY_DAY, conventions=conventions))


def show(path: Path, *, as_json: bool) -> None:
    """Print a rule set; ends the process with 2 when it cannot be used."""
    rules = _read(path).rules
    if as_json:
        print_json(plain(rules), indent=2, default=str)
    else:
        show_rules(rules, clean_console(highlight=False, markup=False))


def test(paths: Sequence[Path]) -> None:
    """Try the test cases of each file; ends the process with 1 when one fails, with 2 when a file cannot be used."""
    console = clean_console(highlight=False, markup=False)
    files = [(path, _read(path)) for path in paths]
    passed = failed = 0
    for path, file in files:
        console.print(Text.assemble((str(path), "bold"), "" if file.cases else ": carries no tests"))
        for case in file.cases:
            trial = try_case(case, file.rules)
            passed, failed = passed + (not trial.faults), failed + bool(trial.faults)
            _to_stderr(trial, console)
    console.print(f"{passed} passed, {failed} failed")
    if failed:
        raise SystemExit(Exit.FAILED)


def _to_stderr(trial: Trial, console: Console) -> None:
    if not trial.faults:
        console.print(Text.assemble(("  pass  ", "green"), trial.case.name))
        return
    console.print(Text.assemble(("  FAIL  ", "bold red"), trial.case.name))
    for fault in trial.faults:
        console.print(Padding(Text(fault, style="red"), (0, 0, 0, 8)))
    for line in trial.openings:
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 8)))
    if not trial.incidents:
        console.print(Padding(Text("nothing opened", style="dim"), (0, 0, 0, 8)))


def _read(path: Path) -> RuleFile:
    try:
        return read(path)
    except RuleError as error:
        fail(str(error), Exit.MISUSED)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
