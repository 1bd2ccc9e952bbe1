"""The rule set of an alert, found by its version."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from processors.domain.ruleset import RuleSet
from processors.rules import SHIPPED, RuleError, load


@dataclass(frozen=True, slots=True)
class FoundRules:
    """A rule set, and the file it is in."""

    rules: RuleSet
    path: Path


def find(version: str, given: Sequence[Path], usual: Path | None) -> FoundRules:
    """The rule set of this version.

    Args:
        version: What the alert names.
        given: Files to look in; when there are some, the rule set must be in one of them.
        usual: The file that the settings name, which is tried beside the shipped ones when none are given.

    Raises:
        RuleError: a given file cannot be used, or none holds that version; the message says what to do.
    """
    shipped = list(_shipped())
    if given:
        tried = [FoundRules(load(path), path) for path in given]
    else:
        tried = ([FoundRules(load(usual), usual)] if usual is not None else []) + shipped
    for found in tried:
        if found.rules.version == version:
            return found
    versions = ", ".join(f"{found.path if given else found.rules.name} is {found.rules.version}" for found in tried)
    other = next((found.rules.name for found in shipped if found.rules.version == version), None)
    remedy = (
        f"It is the shipped rule set {other!r}: leave --rules out."
        if other is not None
        else "Give --rules the file as it was when the alert was raised (a change of any setting changes the version)."
    )
    raise RuleError(f"the alert was raised by rule set {version}, and {versions}. {remedy}")


def _shipped() -> Iterator[FoundRules]:
    """Those that ship; one that needs a model is none of them where there is no model."""
    for path in SHIPPED.values():
        with suppress(RuleError):
            yield FoundRules(load(path), path)
