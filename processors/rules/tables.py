"""The tables of a rule file that are neither rules nor a calendar, and what each of their values must be."""

from typing import Annotated, Any, Final, TypeVar, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert

from processors.domain.ruleset import RuleSet
from processors.domain.severity import SeverityLimits

MAX_WHOLE: Final = 1_000_000_000
"""No setting is larger than the largest count of a record."""
_USUAL: Final = RuleSet("", "")

_FROM_ONE: Final = f"a whole number from 1 to {MAX_WHOLE}"

Switch = Annotated[bool, Meta(description="true or false")]
Tables = list[Any]
Kind = TypeVar("Kind", bound=Struct)


class IncidentsTable(Struct, frozen=True):
    """`[incidents]`."""

    resolve_after: Annotated[
        int, Meta(ge=1, le=MAX_WHOLE, description=f"a whole number of minutes from 1 to {MAX_WHOLE}")
    ] = _USUAL.resolve_after
    group: Switch = False
    apart: Annotated[int, Meta(ge=0, le=60, description="a whole number of minutes from 0 to 60")] = _USUAL.apart
    inhibit: Switch = False


class FacetsTable(Struct, frozen=True):
    """`[facets]`: the status whose transactions a dimension is about."""

    auth_code: Annotated[str, Meta(min_length=1, description="the name of a status")] | None = None


class SeverityTable(Struct, frozen=True):
    """`[severity]`: when an incident is critical; see domain.severity."""

    critical: Any = None
    minimum_lost: Annotated[
        int, Meta(ge=0, le=MAX_WHOLE, description=f"a whole number of transactions up to {MAX_WHOLE}")
    ] = _USUAL.severity.minimum_lost
    falls_after: Annotated[int, Meta(ge=1, le=60, description="a whole number of minutes from 1 to 60")] = (
        _USUAL.severity.falls_after
    )


class CriticalTable(Struct, frozen=True):
    """`critical` of `[severity]`: any one of these; what is left out decides nothing."""

    share: Annotated[float, Meta(gt=0, le=1, description="a part above 0, and 1 at most")] | None = None
    transactions: Annotated[int, Meta(ge=1, le=MAX_WHOLE, description=_FROM_ONE)] | None = None
    minutes: Annotated[int, Meta(ge=1, le=MAX_WHOLE, description=_FROM_ONE)] | None = None
    amount: Annotated[int, Meta(ge=1, le=10**15, description="a whole number of minor units, 1 or more")] | None = None

    def limits(self, whole: SeverityTable) -> SeverityLimits:
        """The limits of the table that this stands in; raises `Wrong` where nothing would ever be critical."""
        if (self.share, self.transactions, self.minutes, self.amount) == (None, None, None, None):
            raise Wrong("", "names no limit; say one or more of share, transactions, minutes and amount")
        return SeverityLimits(
            self.share, self.transactions, self.minutes, self.amount, whole.minimum_lost, whole.falls_after
        )


class RuleFileContent(Struct, frozen=True):
    """The file itself."""

    name: Annotated[str, Meta(description="a text")] | None = None
    baseline: Any = {}
    incidents: Any = {}
    facets: Any = {}
    severity: Any = {}
    calendar: Any = None
    rule: Annotated[Tables, Meta(description="tables, each headed [[rule]]")] = []
    test: Annotated[Tables, Meta(description="tables, each headed [[test]]")] = []


class Wrong(ValueError):
    """A value that does not do.

    Args:
        key: Its key; empty: the table itself.
        what: What is wrong with it.
    """

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key
        self.what = what


def known_only(table: Any, known: set[str]) -> None:
    """Raise `Wrong` where this is no table, or one with other keys than the known ones."""
    if not isinstance(table, dict):
        raise Wrong("", "must be a table")
    for key in table:
        if key not in known:
            raise Wrong(key, f"is not known here; known are: {', '.join(sorted(known))}")


def made(kind: type[Kind], table: Any) -> Kind:
    """What a table says; raises `Wrong`."""
    known_only(table, set(kind.__struct_fields__))
    try:
        return convert(table, kind)
    except ValidationError as exc:
        key = str(exc).partition(" - at `$.")[2].split("`")[0].split("[")[0]
        raise Wrong(key, f"must be {_wanted(kind, key)}; it is {table[key]!r}") from exc


def _wanted(kind: type[Struct], key: str) -> str:
    hint = get_type_hints(kind, include_extras=True)[key]
    for part in (hint, *getattr(hint, "__args__", ())):
        for meta in getattr(part, "__metadata__", ()):
            if meta.description:
                return str(meta.description)
    raise AssertionError(f"{kind.__name__}.{key} has no description")
