"""Notices that the content of a rule file is another one, and what it says now."""

from hashlib import sha256
from pathlib import Path

from processors.domain.ruleset import RuleSet
from processors.rules.load import RuleError, content_of, found, parsed


class RuleWatch:
    """Looks at a rule file as often as it is asked to. It knows no time and starts nothing.

    A file is written in pieces, or is gone for a moment while another takes its place. So what is found counts when
    the next look finds it again; and each content is told once, whether it can be used or not.

    Args:
        path: As for `processors.rules.read`; which file is meant is settled here, once.

    Raises:
        RuleError: The file cannot be used as it is now.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = found(path)
        raw = content_of(self.path)
        self.rules: RuleSet = parsed(self.path, raw).rules
        """What it said when it last could be used."""
        self.trouble = ""
        """Why it cannot be used as it is now; empty while it can."""
        self._reported = self._seen = _mark(raw)

    def look(self, *, sure: bool = False) -> RuleSet | RuleError | None:
        """What the file has come to say since this was last told; None when there is nothing new, or not yet for sure.

        Blocks while the file is read. Not to be called from two threads at once.

        Args:
            sure: Somebody says that the file is as it is meant: what is found counts at once.
        """
        try:
            raw: bytes | RuleError = content_of(self.path)
        except RuleError as exc:
            raw = exc
        mark = _mark(raw)
        counts = sure or mark == self._seen
        self._seen = mark
        if mark == self._reported or not counts:
            return None
        self._reported = mark
        try:
            self.rules, self.trouble = self._rules_in(raw), ""
        except RuleError as exc:
            self.trouble = str(exc)
            return exc
        return self.rules

    def _rules_in(self, raw: bytes | RuleError) -> RuleSet:
        if isinstance(raw, RuleError):
            raise raw
        try:
            return parsed(self.path, raw).rules
        except RuleError:
            raise
        except Exception as exc:  # whoever writes a file must not be able to end what watches it
            raise RuleError(f"{self.path}: cannot be read: {exc!r}") from exc


def _mark(raw: bytes | RuleError) -> bytes | str:
    return str(raw) if isinstance(raw, RuleError) else sha256(raw).digest()
