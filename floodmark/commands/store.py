"""`floodmark store`: the embedded ClickHouse on loopback."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from floodmark.settings import settings_of
from runtime.output import to_stderr, to_stdout

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
        _fail(f"{error}. Stop that process, or give another --data-dir.", 1)
    except StoreError as error:
        _fail(f"the engine cannot open the store in {where.absolute() / 'store'}: {error.text} ({error.name})", 1)
    except (ValueError, CredentialsError) as error:
        _fail(str(error), 2)
    except OSError as error:
        _fail(f"the store in {where.absolute()} cannot be served: {error.strerror or error}.{_advice(port)}", 1)


def _advice(port: int | None) -> str:
    return f" Is port {port} taken? Leave --port out for a free one." if port is not None else ""


def _fail(message: str, code: int) -> NoReturn:
    to_stderr(f"floodmark store: {message}")
    raise typer.Exit(code)
