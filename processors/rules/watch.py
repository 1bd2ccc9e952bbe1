"""Notices that the content of a rule file is another one, and what it says now."""

from pathlib import Path
from typing import cast

from processors.domain.ruleset import RuleSet
from processors.rules.load import RuleError, content_of, found, parsed
from runtime.file_watch import FileWatch


def _rules_in(path: Path, raw: bytes) -> RuleSet:
    return parsed(path, raw).rules


class RuleWatch(FileWatch[RuleSet]):
    """Looks at a rule file; see `runtime.file_watch`.

    Args:
        path: As for `processors.rules.read`; which file is meant is settled here, once.

    Raises:
        RuleError: The file cannot be used as it is now.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(found(path), content_of, _rules_in, RuleError)

    @property
    def rules(self) -> RuleSet:
        """What it said when it last could be used."""
        return self.content

    def look(self, *, sure: bool = False) -> RuleSet | RuleError | None:
        """See `FileWatch.look`."""
        return cast("RuleSet | RuleError | None", super().look(sure=sure))
