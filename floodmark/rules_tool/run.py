"""`floodmark rules`, run: read rule files, say what is asked of them, end with the exit code."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from floodmark.rules_tool.settings import as_json as plain
from floodmark.rules_tool.show import show as show_rules
from processors.domain.ruleset import RuleSet
from processors.rules import RuleError, load


def check(files: Sequence[Path]) -> None:
    """Say of each file whether it can be used; ends the process with 2 when one cannot."""
    bad = 0
    for path in files:
        try:
            rules = load(path)
        except RuleError as error:
            sys.stderr.write(f"{error}\n")
            bad += 1
        else:
            sys.stdout.write(f"{path}: ok, {_counted(len(rules.rules), 'rule')}, version {rules.version}\n")
    if bad:
        raise SystemExit(2)


def show(path: Path, *, as_json: bool) -> None:
    """Print a rule set; ends the process with 2 when it cannot be used."""
    rules = _loaded(path)
    if as_json:
        sys.stdout.write(json.dumps(plain(rules), ensure_ascii=False, indent=2) + "\n")
    else:
        show_rules(rules, Console(highlight=False, markup=False))


def _loaded(path: Path) -> RuleSet:
    try:
        return load(path)
    except RuleError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from error


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
