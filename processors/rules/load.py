"""From a TOML rule file to a rule set; every error names the file, the line and the key."""

import tomllib
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from processors.domain.baseline import BaselineSettings
from processors.domain.rules import METHODS, Rule
from processors.domain.ruleset import RuleSet

HERE: Final = Path(__file__).parent
DEFAULT: Final = HERE / "default.toml"
CLASSIC: Final = HERE / "classic.toml"


class RuleError(ValueError):
    """A rule file that cannot be used; the message says where and what to do."""


def load(path: Path | None = None) -> RuleSet:
    """The rule set in `path`; None: the default rules.

    Raises:
        RuleError: when the file is missing, is no TOML, or says something no rule understands.
    """
    path = path or DEFAULT
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise RuleError(f"{path}: cannot be read: {exc}. Give an existing TOML file to --rules.") from exc
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise RuleError(f"{path}: not TOML: {exc}") from exc
    return _Reader(path, text).rule_set(content)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.splitlines()

    def rule_set(self, content: dict[str, Any]) -> RuleSet:
        self._only(content, {"name", "baseline", "incidents", "rule"}, "", 0)
        baseline = self._made(BaselineSettings, content.get("baseline", {}), "[baseline]", 0)
        incidents = content.get("incidents", {})
        self._only(incidents, {"resolve_after"}, "[incidents]", 0)
        resolve_after = incidents.get("resolve_after", 5)
        if not isinstance(resolve_after, int) or isinstance(resolve_after, bool) or resolve_after < 1:
            raise self._error("[incidents]", 0, "resolve_after", "must be a whole number of minutes, 1 or more")
        rules = tuple(self._rule(table, i) for i, table in enumerate(content.get("rule", [])))
        if not rules:
            raise RuleError(f"{self.path}: no [[rule]] in it; a rule set needs at least one.")
        seen: set[str] = set()
        for i, rule in enumerate(rules):
            if rule.name in seen:
                raise self._error(
                    "[[rule]]", i, "name", f"the name {rule.name!r} is taken by a rule above; names are unique"
                )
            seen.add(rule.name)
        version = sha256(
            msgspec.json.encode([asdict(baseline), resolve_after, [[r.method, asdict(r)] for r in rules]])
        ).hexdigest()[:12]
        return RuleSet(str(content.get("name", self.path.stem)), version, baseline, rules, resolve_after)

    def _rule(self, table: dict[str, Any], index: int) -> Rule:
        method = table.get("method")
        if not isinstance(method, str) or method not in METHODS:
            raise self._error(
                "[[rule]]", index, "method", f"must be one of {', '.join(sorted(METHODS))}; it is {method!r}"
            )
        settings = {k: v for k, v in table.items() if k != "method"}
        rule: Rule = self._made(METHODS[method], settings, "[[rule]]", index)
        warning, critical = getattr(rule, "warning", None), getattr(rule, "critical", None)
        if warning is not None and critical is not None and not 0 < warning < critical <= 1:
            raise self._error("[[rule]]", index, "warning", "shares must be 0 < warning < critical <= 1")
        return rule

    def _made(self, kind: type[Any], settings: dict[str, Any], header: str, index: int) -> Any:
        self._only(settings, {f.name for f in fields(kind)}, header, index)
        try:
            made = msgspec.convert(settings, kind)
        except msgspec.ValidationError as exc:
            reason, _, where = str(exc).partition(" - at `$.")
            raise self._error(header, index, where.split("`")[0].split("[")[0], reason) from exc
        for name in (
            "window",
            "minimum_history",
            "minimum_count",
            "minimum_total",
            "relearn_after",
            "band",
            "threshold",
        ):
            value = getattr(made, name, 1)
            if value < 0 or (name in ("window", "threshold", "band") and value == 0):
                raise self._error(header, index, name, f"must be positive; it is {value}")
        return made

    def _only(self, table: dict[str, Any], known: set[str], header: str, index: int) -> None:
        if not isinstance(table, dict):
            raise self._error(header, index, "", "must be a table")
        for key in table:
            if key not in known:
                raise self._error(header, index, key, f"is not known here; known are: {', '.join(sorted(known))}")

    def _error(self, header: str, index: int, key: str, what: str) -> RuleError:
        line = self._line(header, index, key)
        return RuleError(f"{self.path}:{line}: {header} {key}: {what}".replace(":  ", ": "))

    def _line(self, header: str, index: int, key: str) -> int:
        """The line of `key` below the index-th `header`, or that of the header, counting from 1."""
        starts = [n for n, line in enumerate(self.lines) if line.strip().replace(" ", "") == header] if header else [-1]
        start = starts[index] if index < len(starts) else 0
        for number in range(start + 1, len(self.lines)):
            line = self.lines[number].strip()
            if line.split("=")[0].strip().strip('"') in {key, f"[{key}]", f"[[{key}]]"} and key:
                return number + 1
            if header and line.startswith("["):
                break
        return max(start, 0) + 1
