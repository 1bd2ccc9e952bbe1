"""From a TOML rule file to a rule set; every error names the file, the line and the key."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from processors.domain.baseline import BaselineSettings
from processors.domain.model.forest import Forest
from processors.domain.rules import METHODS, KeySilence, Rule, ShareTail
from processors.domain.rules.base import WORDS, settings_of
from processors.domain.rules.forest import LOADED, ForestRule
from processors.domain.ruleset import RuleSet
from processors.domain.severity import SeverityLimits
from processors.rules.calendar import HEADERS, WORLD, calendar_of, plain
from processors.rules.cases import FIELDS, Case, case_of
from processors.rules.models import ModelError, read_forest
from processors.rules.runbooks import reference
from processors.rules.tables import (
    MAX_WHOLE,
    CriticalTable,
    FacetsTable,
    IncidentsTable,
    Kind,
    RuleFileContent,
    SeverityTable,
    Wrong,
    known_only,
    made,
)
from runtime.toml_places import line_of, line_of_deep_name
from schemas.words import plain as word

HERE: Final = Path(__file__).parent
DEFAULT: Final = HERE / "default.toml"
CLASSIC: Final = HERE / "classic.toml"
THRESHOLDS: Final = HERE / "thresholds.toml"
COMPARISON: Final = HERE / "comparison.toml"
HYBRID: Final = HERE / "hybrid.toml"
SHIPPED: Final = {path.stem: path for path in (DEFAULT, THRESHOLDS, CLASSIC, COMPARISON, HYBRID)}
"""Rule files that come with Floodmark, by name. The last one needs a model in the current folder."""
MAX_BYTES: Final = 4_000_000
"""The longest rule file; the shipped ones have some 5 000 bytes."""
MAX_SHOWN: Final = 500
"""So much of a key or of what is wrong with it is told, in characters."""
_ABOVE_ZERO: Final = {"window", "threshold", "band", "strength", "drift", "drift_at_first"}
_HEADERS: Final = {
    "": "",
    "baseline": "[baseline]",
    "incidents": "[incidents]",
    "facets": "[facets]",
    "severity": "[severity]",
    "severity.critical": "[severity] critical",
    "rule": "[[rule]]",
    "test": "[[test]]",
    **HEADERS,
}

Settings = TypeVar("Settings", BaselineSettings, Rule)


class RuleError(ValueError):
    """A rule file that cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What a rule file holds: the rules, and the test cases that they are to pass, which change no rule."""

    rules: RuleSet
    cases: tuple[Case, ...] = ()


def load(path: Path | None = None) -> RuleSet:
    """The rule set in `path`, as `read` reads it."""
    return read(path).rules


def read(path: Path | None = None) -> RuleFile:
    """What is in `path`; None: the default rules. The name of a shipped rule set does for a path.

    Raises:
        RuleError: when the file is missing, is no TOML, or says something no rule understands.
    """
    path = found(path)
    return parsed(path, content_of(path))


def found(path: Path | None = None) -> Path:
    """The file that is meant: None is the default rules, a shipped name the file that ships, if there is no other."""
    path = path or DEFAULT
    return path if path.exists() else SHIPPED.get(str(path), path)


def content_of(path: Path) -> bytes:
    """The bytes of the file; raises `RuleError` when they cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or exc) from exc
    if len(raw) > MAX_BYTES:
        raise RuleError(f"{path}: is longer than {MAX_BYTES:,} bytes; one rule with `keys` does for many keys")
    return raw


def text_of(raw: bytes) -> str:
    """The text of a rule file, without the mark that some editors begin UTF-8 with; raises `UnicodeDecodeError`."""
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def parsed(path: Path, raw: bytes) -> RuleFile:
    """What `raw`, which lies in `path`, says; raises `RuleError` when it cannot be used."""
    try:
        text = text_of(raw)
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise RuleError(f"{path}:{line}: is not UTF-8: {exc.reason}; save it as UTF-8") from exc
    if deep := line_of_deep_name(text):
        raise RuleError(f"{path}:{deep}: not TOML that is used here: a name with a hundred dots")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        named = re.search(r"\(at line (\d+)", str(exc))
        raise RuleError(f"{path}:{named[1] if named else text.count(chr(10)) + 1}: not TOML: {exc}") from exc
    reader = _Reader(path, text)
    whole = reader.table(RuleFileContent, content, "")
    return RuleFile(reader.rule_set(whole), reader.cases(whole.test))


def _unreadable(path: Path, why: object) -> RuleError:
    return RuleError(f"{path}: cannot be read: {why}. Name an existing TOML file, or one of: {', '.join(SHIPPED)}.")


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def rule_set(self, content: RuleFileContent) -> RuleSet:
        baseline = self._baseline(content.baseline)
        incidents = self.table(IncidentsTable, content.incidents, "incidents")
        facets = {
            dimension: word(status)
            for dimension, status in msgspec.structs.asdict(self.table(FacetsTable, content.facets, "facets")).items()
            if status is not None
        }
        rules = self._rules(content.rule)
        severity = self._severity(content.severity)
        decides = [[rule.method, _decisive(rule)] for rule in rules]
        settings = [asdict(baseline), incidents.resolve_after, incidents.group, facets, decides]
        calendar = None if content.calendar is None else calendar_of(content.calendar, self._error)
        settings += [plain(calendar)] if calendar else []
        settings += ["inhibit"] if incidents.inhibit else []
        settings += ["apart", incidents.apart] if incidents.apart else []
        settings += ["severity", asdict(severity)]
        return RuleSet(
            name=self.path.stem if content.name is None else content.name,
            version=sha256(msgspec.json.encode(settings, enc_hook=str)).hexdigest()[:12],
            baseline=baseline,
            rules=rules,
            resolve_after=incidents.resolve_after,
            group=incidents.group,
            apart=incidents.apart,
            facets=facets,
            calendar=calendar,
            changes=WORLD,
            inhibit=incidents.inhibit,
            severity=severity,
        )

    def cases(self, tables: Sequence[Any]) -> tuple[Case, ...]:
        cases: dict[str, Case] = {}
        for index, table in enumerate(tables):
            self._only(table, FIELDS, "test", index)
            case = case_of(table, partial(self._error, "test", index))
            if case.name in cases:
                what = f"the name {case.name!r} is taken by a test above; names are unique"
                raise self._error("test", index, "name", what)
            cases[case.name] = case
        return tuple(cases.values())

    def _baseline(self, table: Any) -> BaselineSettings:
        baseline = self._made(BaselineSettings, table, "baseline")
        if baseline.minimum_history > baseline.window:
            what = f"is {baseline.minimum_history}: a window of {baseline.window} minutes never has so many"
            raise self._error("baseline", 0, "minimum_history", what)
        return baseline

    def _severity(self, table: Any) -> SeverityLimits:
        whole = self.table(SeverityTable, table, "severity")
        if whole.critical is None:
            return SeverityLimits(minimum_lost=whole.minimum_lost, falls_after=whole.falls_after)
        try:
            return self.table(CriticalTable, whole.critical, "severity.critical").limits(whole)
        except Wrong as wrong:
            raise self._error("severity.critical", 0, wrong.key, wrong.what) from wrong

    def _rules(self, tables: Sequence[Any]) -> tuple[Rule, ...]:
        if not tables:
            raise self._error("", 0, "rule", "there is no [[rule]]; a rule set needs at least one")
        rules: dict[str, Rule] = {}
        for index, table in enumerate(tables):
            rule = self._rule(table, index)
            if rule.name in rules:
                what = f"the name {rule.name!r} is taken by a rule above; names are unique"
                raise self._error("rule", index, "name", what)
            rules[rule.name] = rule
        return tuple(rules.values())

    def _rule(self, table: Any, index: int) -> Rule:
        if not isinstance(table, dict):
            raise self._error("rule", index, "", "must be a table")
        method = table.get("method")
        if not isinstance(method, str) or method not in METHODS:
            what = f"must be one of {', '.join(sorted(METHODS))}; it is {method!r}"
            raise self._error("rule", index, "method", what)
        if not table.get("name"):
            raise self._error("rule", index, "name", "is missing or empty; each rule has a name of its own")
        rule = self._made(METHODS[method], {k: v for k, v in table.items() if k != "method"}, "rule", index)
        if problem := rule.problem(table.keys()):
            raise self._error("rule", index, *problem)
        if isinstance(rule, ForestRule):
            rule = replace(rule, forest=self._forest(rule.model, index))
        if isinstance(rule, ShareTail | KeySilence | ForestRule):
            rule = replace(rule, excluded=tuple(word(key) for key in rule.excluded))
        return replace(rule, keys=tuple(word(key) for key in rule.keys), runbook=reference(rule.runbook))

    def _forest(self, model: str, index: int) -> Forest:
        """The model beside the rule file; that of a shipped one lies in the current folder."""
        try:
            return read_forest((Path() if self.path in SHIPPED.values() else self.path.parent) / model)
        except ModelError as error:
            raise self._error("rule", index, "model", str(error)) from error

    def _made(self, kind: type[Settings], table: Any, name: str, index: int = 0) -> Settings:
        self._only(table, {f.name for f in fields(kind) if f.metadata != LOADED}, name, index)
        try:
            read = msgspec.convert(table, kind)
        except msgspec.ValidationError as exc:
            reason, _, where = str(exc).partition(" - at `$.")
            raise self._error(name, index, where.split("`")[0].split("[")[0], reason) from exc
        for key, value in ((f.name, getattr(read, f.name)) for f in fields(read)):
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, int | float) and (wrong := _wrong(key, item)):
                    raise self._error(name, index, key, f"{wrong}; it is {item}")
        return read

    def table(self, kind: type[Kind], table: Any, name: str) -> Kind:
        """What a table of the file says."""
        try:
            return made(kind, table)
        except Wrong as wrong:
            raise self._error(name, 0, wrong.key, wrong.what) from wrong

    def _only(self, table: Any, known: set[str], name: str, index: int = 0) -> None:
        try:
            known_only(table, known)
        except Wrong as wrong:
            raise self._error(name, index, wrong.key, wrong.what) from wrong

    def _error(self, table: str, index: int, key: str, what: str) -> RuleError:
        line = line_of(self.text, table, index, key)
        place = " ".join(word for word in (_HEADERS[table], key) if word)
        return RuleError(f"{self.path}:{line}: {_cut(place)}: {_cut(what)}")


def _cut(text: str) -> str:
    """What a person reads of it: a value may be as long as the file."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _decisive(rule: Rule) -> dict[str, object]:
    """What a rule set's version is made of: a link or a word to people is no other rule."""
    return {name: value for name, value in settings_of(rule).items() if name not in WORDS}


def _wrong(key: str, value: float) -> str:
    """What is wrong with a number, or nothing."""
    if isinstance(value, float) and not isfinite(value):
        return "must be a finite number"
    if value > MAX_WHOLE:
        return f"must be {MAX_WHOLE} or less"
    if key in _ABOVE_ZERO and value <= 0:
        return "must be above 0"
    return "must be 0 or more" if value < 0 else ""
