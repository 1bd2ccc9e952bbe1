"""`floodmark verify`: recompute an alert from the stored minutes, and prove it equal or show the difference."""

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from floodmark.queries.ask import DATABASE
from floodmark.settings import settings_of
from runtime.exits import Exit, fail
from runtime.output import print_json
from runtime.terminal import clean_console

COMMAND: Final = "floodmark verify"
_SERVERS_OWN: Final = ("", "default")
"""Databases in a DSN that name none of ours: the sink then writes to `floodmark`."""

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    incident_id: Annotated[str, typer.Argument(help="The incident_id of an alert.")],
    data_dir: Annotated[Path | None, typer.Option(help="The store's data directory, running or not.")] = None,
    dsn: Annotated[str | None, typer.Option(help="Ask this ClickHouse server instead.", show_default=False)] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="Rule file that raised the alert; may be repeated. None: the usual and the shipped ones."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Judge the stored minutes of the alert's scope again, from the first one to that of the alert, and compare.

    Late data are in the stored minutes, so what was said last of the incident is compared. The receipt names the rule
    set, the minutes, their source offsets and a SHA-256 over them. Of the settings of workers two decide over given
    minutes, FLOODMARK_GIVE_UP_AFTER_H and FLOODMARK_FORGET_AFTER_H: the receipt names those it judged by, and says
    where an alert shows that its worker had others. Verify with the environment that the workers have. Where minutes
    were judged without a source partition (FLOODMARK_WAITING), a difference says so: what waited is not stored.

    Exits with 0 when the alert is equal, 1 when it differs, 2 when the incident or its rule set is not known or there
    is no store, 3 when the store cannot be reached, 75 when it is busy starting or stopping: try again.
    """
    from floodmark.analysis.verify.receipt import as_json as receipt_as_json
    from floodmark.analysis.verify.run import VerifyRefused, VerifyRequest
    from floodmark.analysis.verify.run import verify as verified
    from floodmark.analysis.verify.stored import Reader
    from floodmark.analysis.verify.terminal import show
    from floodmark.local.store.ask import asking
    from floodmark.local.store.users import CredentialsError
    from floodmark.queries.ask import Unreachable
    from floodmark.queries.errors import StoreError
    from floodmark.queries.query_error import explain
    from processors.rules import RuleError

    settings = settings_of({})
    server = dsn or (settings.store_dsn or None if data_dir is None else None)
    job = VerifyRequest(incident_id, data_dir or settings.data_dir, server, tuple(rules or ()), settings.rules)
    try:
        with asking(job.data_dir, job.dsn) as ask:
            made = verified(job, Reader(ask, _database(job.dsn)))
    except (Unreachable, CredentialsError) as error:
        fail(str(error), getattr(error, "code", Exit.UNREACHABLE), by=COMMAND)
    except StoreError as error:
        fail(explain(error, "", list), Exit.UNREACHABLE, by=COMMAND)
    except (VerifyRefused, RuleError) as error:
        fail(str(error), Exit.MISUSED, by=COMMAND)
    if as_json:
        print_json(receipt_as_json(made), indent=2)
    else:
        show(made, clean_console(highlight=False, markup=False, soft_wrap=True))
    if not made.is_equal:
        raise SystemExit(Exit.FAILED)


def _database(dsn: str | None) -> str:
    named = urlsplit(dsn).path.strip("/") if dsn else ""
    return DATABASE if named in _SERVERS_OWN else named
