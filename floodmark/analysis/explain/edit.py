"""The line of a rule file that a change is made in."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from floodmark.analysis.explain.settings import Number, changed
from processors.domain.rules import Rule
from processors.rules.load import RuleError, content_of, parsed, text_of
from runtime.toml_places import line_of


@dataclass(frozen=True, slots=True)
class Edit:
    """One line to change or to add.

    Args:
        path: The file.
        line: The line, counting from 1; of one to be added, the line after which it goes.
        old: What stands there; empty when the setting has its default and is not written yet.
        new: What is to stand there.
    """

    path: Path
    line: int
    old: str
    new: str

    def __str__(self) -> str:
        if self.old:
            return f"{self.path}:{self.line}: {self.old} → {self.new}"
        return f"{self.path}:{self.line}: add below it {self.new}"


class Editor:
    """Finds the line of a setting, and tries the file with it changed.

    Args:
        path: The rule file.

    Raises:
        RuleError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = text_of(content_of(path))
        self._tables = tomllib.loads(self._text).get("rule", [])

    def edit(self, rule: Rule, setting: str, value: Number) -> Edit | None:
        """The change of this setting of this rule; None when the file cannot be used with it."""
        index = next(i for i, table in enumerate(self._tables) if table.get("name") == rule.name)
        line = line_of(self._text, "rule", index, setting)
        lines = self._text.split("\n")
        new = f"{setting} = {value!r}"
        if setting in self._tables[index]:
            old = f"{setting} = {getattr(rule, setting)!r}"
            found = re.match(rf"(\s*){re.escape(setting)}\s*=\s*[^\s#]+(.*)$", lines[line - 1])
            lines[line - 1] = f"{found[1]}{new}{found[2]}" if found else lines[line - 1]
        else:
            old = ""
            found = re.match(r"\s*\[\[", lines[line - 1])
            lines.insert(line, new)
        is_good = not found or self._is_good("\n".join(lines), changed(rule, setting, value))
        return Edit(self._path, line, old, new) if is_good else None

    def _is_good(self, text: str, wanted: Rule) -> bool:
        try:
            rules = parsed(self._path, text.encode()).rules
        except RuleError:
            return False
        return wanted in rules.rules
