"""The result, for people."""

from collections.abc import Iterable

from rich.table import Table

from tests.bench.live.checks import Check, Part


def table(parts: Iterable[Part]) -> Table:
    """Measured, must and aim of every check; a dash where this run did not measure."""
    shown = Table("part", "what", "measured", "must", "aim", "")
    for part in parts:
        for check in part.checks:
            what = f"{check.name}, {check.unit}"
            shown.add_row(part.name, what, _number(check.measured), *_limits(check), _mark(check.met))
        if part.failure:
            shown.add_row(part.name, part.failure.splitlines()[0], "-", "", "", _mark(met=False))
        elif not part.checks:
            shown.add_row(part.name, "not measured", "-", "", "", "")
    return shown


def _limits(check: Check) -> tuple[str, str]:
    sign = "≥" if check.at_least else "≤"
    return f"{sign} {check.must:g}", "-" if check.aim is None else f"{sign} {check.aim:g}"


def _number(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if abs(figure) >= 1_000 else f"{figure:.3g}"


def _mark(met: bool | None) -> str:
    return {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[met]
