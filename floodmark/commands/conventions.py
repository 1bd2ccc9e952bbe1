"""The options that say how files are written, for every command that reads some."""

from typing import Annotated

import typer

from producers.files.conventions import ConventionError, Conventions
from runtime.exits import Misused

Decimal = Annotated[
    str | None,
    typer.Option(help="Sign before decimals in the files, . or , (the other one groups thousands); none: looked for."),
]
TimeZone = Annotated[
    str | None, typer.Option(help="Of times that name no zone, such as America/Sao_Paulo; none: UTC, and it is said.")
]


def conventions(decimal: str | None, time_zone: str | None = None) -> Conventions:
    """What was typed; raises `Misused` with what there is."""
    try:
        return Conventions.of(decimal, time_zone)
    except ConventionError as error:
        raise Misused(str(error), "--time-zone" if "zone" in str(error) else "--decimal") from error
