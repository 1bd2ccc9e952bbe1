"""`floodmark notify`: who is told of what."""

from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)
routes = typer.Typer(add_completion=False, no_args_is_help=True)
app.add_typer(routes, name="routes")
BUDGET: Final = "floodmark notify budget"
Files = Annotated[list[Path], typer.Argument(help="Routing files (TOML).")]


@app.callback()
def notify() -> None:
    """Who is told of what: check and try routing files, and count how often people are called."""


@app.command()
def channels(
    kind: Annotated[str | None, typer.Argument(help="One kind; none: all.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say of each kind of channel what it can and cannot do, and which settings it has.

    That is: whether what was sent changes, is kept together, carries acknowledgements and the end, is answered with a
    receipt, has buttons, and what comes of a message that is sent again. Exits with 2 when there is no such kind.
    """
    from floodmark.operate.notify.channels import show

    show(kind, as_json=as_json)


@routes.callback()
def _routes() -> None:
    """Check routing files, run the tests they carry, and say who would be told of an alert."""


@routes.command()
def check(files: Files) -> None:
    """Say of each file whether it can be used.

    Exits with 0 when all can, else with 2; the messages name file, line and key.
    """
    from floodmark.operate.notify.routes import check as run

    run(files)


@routes.command()
def test(files: Files) -> None:
    """Try the test cases that the files carry, and say of those that fail who would be told instead.

    Exits with 1 when a test fails, and with 2 when a file cannot be used; the message names file, line and key.
    """
    from floodmark.operate.notify.routes import test as run

    run(files)


@routes.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A routing file (TOML).")],
    *,
    severity: Annotated[str, typer.Option(help="info, warning or critical.")] = "warning",
    scope: Annotated[str, typer.Option(help="Whose transactions.")] = "all",
    dimension: Annotated[str, typer.Option(help="status, auth_code, volume or stream.")] = "status",
    key: Annotated[str, typer.Option(help="The status, the code, total, or how the stream is wrong.")] = "denied",
    rule: Annotated[list[str] | None, typer.Option(help="A rule that has fired. Repeatable.")] = None,
    loss: Annotated[int, typer.Option(min=0, help="Transactions lost so far.")] = 0,
    amount: Annotated[int, typer.Option(min=0, help="Lost so far, in minor units.")] = 0,
    at: Annotated[str | None, typer.Option(help="When, such as 2026-11-27T03:00:00Z; none: now.")] = None,
) -> None:
    """Say which routes such an alert would take, who would be told, and what speaks against the other routes.

    Exits with 2 when the file, or what is asked, cannot be used; the message names file, line and key.
    """
    from floodmark.operate.notify.asked import asked_alert, asked_instant
    from floodmark.operate.notify.routes import explain as run

    alert = asked_alert(
        severity=severity, scope=scope, dimension=dimension, key=key, rules=rule or [], loss=loss, amount=amount
    )
    run(file, alert, asked_instant(at))


@app.command()
def budget(
    file: Annotated[Path, typer.Argument(help="A routing file (TOML).")],
    at: Annotated[str | None, typer.Option(help="In the week of this instant; none: now.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a line for each team.")] = False,
) -> None:
    """Say how often each team was called this week and in the four before, and which rules and scopes call it.

    A page is one call of a team, through however many channels; weeks begin on Monday in the team's zone. Of a team
    that was called more often than its `budget` says, the fewest rules and scopes are named that would have to go,
    and how many of their pages people found right or false.

    Exits with 1 when a team is over its budget or the query fails, 2 when the file cannot be used or there is no
    store, 3 when the server cannot be reached, 75 when the store is busy starting or stopping.
    """
    from floodmark.commands.sql import answering, fail_query
    from floodmark.local.store.ask import asking
    from floodmark.operate.notify.asked import asked_instant
    from floodmark.operate.notify.budget import budget_of, first_instant, pages_from, routing_of, show
    from floodmark.queries.ask import DATABASE
    from floodmark.queries.errors import StoreError
    from floodmark.queries.library import query
    from floodmark.settings import settings_of
    from runtime.exits import Exit

    routing, now = routing_of(file), asked_instant(at)
    settings = settings_of({})
    place = dsn or (settings.store_dsn if data_dir is None else None)
    with answering(BUDGET), asking(data_dir or settings.data_dir, place, DATABASE) as ask:
        try:
            pages = pages_from(ask, first_instant(routing, now), now)
        except StoreError as error:
            fail_query(error, query("pages").sql, ask, BUDGET)
    found = [budget_of(team, pages.get(team.name, []), now) for team in routing.team]
    show(found, as_json=as_json)
    if any(one.is_over for one in found):
        raise typer.Exit(Exit.FAILED)
