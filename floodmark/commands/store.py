"""`floodmark store`: the embedded ClickHouse on loopback."""

from pathlib import Path
from typing import Annotated, Final

import typer

from floodmark.settings import settings_of
from runtime.exits import Exit, fail
from runtime.output import to_stdout

COMMAND: Final = "floodmark store"

app = typer.Typer(add_completion=False)


@app.command()
def store(
    data_dir: Annotated[Path | None, typer.Option(help="Where its data live; made when missing.")] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Port on 127.0.0.1. Default: the last one if it is free, else any free one."
        ),
    ] = None,
) -> None:
    """Serve ClickHouse's engine on a data directory, over ClickHouse's HTTP interface, until Ctrl-C or SIGTERM."""
    from floodmark.local.store.owner import StoreOwned
    from floodmark.local.store.server import serve
    from floodmark.local.store.users import CredentialsError
    from floodmark.queries.errors import StoreError
    from runtime import logs

    settings = settings_of({})
    logs.configure(settings.log_level)
    where = data_dir or settings.data_dir

    def listening(url: str) -> None:
        to_stdout(f"store: listening on {url}, data in {where.absolute() / 'store'}")

    try:
        serve(where, port, listening)
    except StoreOwned as error:
        fail(f"{error}. Stop that process, or give another --data-dir.", Exit.FAILED, by=COMMAND)
    except StoreError as error:
        fail(
            f"the engine cannot open the store in {where.absolute() / 'store'}: {error.text} ({error.name})",
            Exit.FAILED,
            by=COMMAND,
        )
    except (ValueError, CredentialsError) as error:
        fail(str(error), Exit.MISUSED, by=COMMAND)
    except OSError as error:
        fail(
            f"the store in {where.absolute()} cannot be served: {error.strerror or error}.{_advice(port)}",
            Exit.FAILED,
            by=COMMAND,
        )


def _advice(port: int | None) -> str:
    return f" Is port {port} taken? Leave --port out for a free one." if port is not None else ""
