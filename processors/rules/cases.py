"""The test cases that a rule file carries: made traffic, and the incidents that it is to open.

A case is a quiet stretch that the rules learn from and must keep silent in, then stretches in which something is
otherwise. Its `expect` names the key of every incident that opens, each once: none more, none less.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from schemas.severity import Severity
from schemas.words import plain

MAX_MINUTES: Final = 10_080
"""Minutes of a case: a week. It is a test that people wait for."""
MAX_RATE: Final = 1_000_000
"""The largest count a minute."""

Minutes = Annotated[int, Meta(ge=1, le=MAX_MINUTES)]
Rates = dict[str, Annotated[float, Meta(ge=0, le=MAX_RATE)]]
"""Key to count a minute; a part of one comes as one in so many minutes."""
Fault = Callable[[str, str], Exception]
"""The error to raise, of a key of the case and what is wrong with it."""


class CaseStretch(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes of one kind.

    Args:
        minutes: How many.
        status: Counts a minute of the statuses that are otherwise than in the quiet stretch.
        auth_code: The same of auth codes.
        volume: Factor on every count, those named here too.
        missing: Whether nothing comes at all.
    """

    minutes: Minutes
    status: Rates = {}
    auth_code: Rates = {}
    volume: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    missing: bool = False


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One test case.

    Args:
        name: Unique in its file.
        quiet: Minutes of ordinary traffic to begin with.
        expect: Key of each incident that opens, `total` for the volume; empty: nothing opens.
        status: Counts a minute by status in the quiet stretch.
        auth_code: The same by auth code.
        then: What comes after, in order.
        within: The last minute of `then`, from 1, in which the incidents may open; None: any.
        severity: The highest that each incident comes to; None: any.
        seed: Counts are Poisson drawn with this seed; None: they come evenly.
        start: Start of the first minute; without a zone it is UTC.
    """

    name: Annotated[str, Meta(min_length=1)]
    quiet: Minutes
    expect: tuple[str, ...]
    status: Rates = {}
    auth_code: Rates = {}
    then: tuple[CaseStretch, ...] = ()
    within: Minutes | None = None
    severity: Severity | None = None
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    start: datetime = datetime(2025, 7, 7, tzinfo=UTC)

    @property
    def stretches(self) -> list[CaseStretch]:
        """The quiet stretch and all after it, each with the counts of all its keys."""
        quiet = CaseStretch(self.quiet, self.status, self.auth_code)
        changed = (
            msgspec.structs.replace(s, status=self.status | s.status, auth_code=self.auth_code | s.auth_code)
            for s in self.then
        )
        return [quiet, *changed]


FIELDS: Final = {f.name for f in msgspec.structs.fields(Case)}


def case_of(table: Mapping[str, Any], fault: Fault) -> Case:
    """The case that a `[[test]]` table is, its keys in plain words; raises what `fault` makes when it is none."""
    try:
        made = msgspec.convert(table, Case)
    except msgspec.ValidationError as exc:
        reason, _, where = str(exc).partition(" - at `$")
        raise fault(*_place(reason, where.strip("`.").replace("[...]", "") or _missing(reason))) from exc
    for key, what in _faults(made):
        raise fault(key, what)
    start = made.start if made.start.tzinfo else made.start.replace(tzinfo=UTC)
    return msgspec.structs.replace(
        made,
        start=start.astimezone(UTC).replace(second=0, microsecond=0),
        expect=tuple(plain(key) for key in made.expect),
        status=_plain(made.status),
        auth_code=_plain(made.auth_code),
        then=tuple(
            msgspec.structs.replace(s, status=_plain(s.status), auth_code=_plain(s.auth_code)) for s in made.then
        ),
    )


def _faults(case: Case) -> list[tuple[str, str]]:
    """What is wrong with a case whose values are each fine: key and words."""
    found: list[tuple[str, str]] = []
    if not case.status and not case.auth_code:
        found.append(("status", "is missing, and auth_code too; say what a quiet minute holds"))
    if case.expect and not case.then:
        found.append(("then", "is missing; say what happens after the quiet stretch, or expect nothing"))
    found += [(key, "means nothing where no incident is expected") for key in ("within", "severity")
              if not case.expect and getattr(case, key) is not None]  # fmt: skip
    for number, stretch in enumerate(case.then, start=1):
        if stretch.missing and (stretch.status or stretch.auth_code or stretch.volume != 1):
            found.append(("then", f"stretch {number} is missing as a whole, so it has no counts"))
    if case.quiet + sum(stretch.minutes for stretch in case.then) > MAX_MINUTES:
        found.append(("quiet", f"the case is longer than {MAX_MINUTES} minutes"))
    if case.start.year < 1970:
        found.append(("start", f"must be 1970 or later; it is {case.start.isoformat()}"))
    return found


def _place(reason: str, where: str) -> tuple[str, str]:
    """Key of the table, and what is wrong; of what lies deeper the whole way is said."""
    key = where.split(".")[0].split("[")[0]
    return key, reason if where == key else f"{_way(where)}: {reason}"


def _way(where: str) -> str:
    """`stretch 2, minutes` of `then[1].minutes`; `status` stays what it is."""
    first, _, rest = where.partition(".")
    name, _, number = first.rstrip("]").partition("[")
    words = [f"stretch {int(number) + 1}" if name == "then" and number.isdigit() else first]
    return ", ".join(words + [rest] * bool(rest))


def _missing(reason: str) -> str:
    """The field that a reason about the table as a whole names; the table itself when that is not in it."""
    named = reason.split("`")[1::2]
    return named[-1] if named and named[-1] in FIELDS and "missing" in reason else ""


def _plain(rates: Rates) -> Rates:
    return {plain(key): rate for key, rate in rates.items()}
