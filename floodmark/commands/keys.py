"""`floodmark keys`: API keys of the gateway."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)

Broker = Annotated[str | None, typer.Option("--broker", help="Kafka bootstrap servers; none: those of `up` here.")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data directory of the `up` that runs here.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def keys() -> None:
    """Make, list and revoke API keys. They lie hashed in a topic, which all gateways follow."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call the key: who uses it, and for what.")],
    *,
    rights: Annotated[
        list[str] | None, typer.Option("--right", help="read, ingest, operate or admin; may be repeated. None: read.")
    ] = None,
    days: Annotated[float | None, typer.Option("--days", min=0.001, help="Good for so many days; none: for ever.")] = (
        None
    ),
    rate: Annotated[
        int | None, typer.Option("--rate", min=1, help="Requests a minute; none: FLOODMARK_GATEWAY_KEY_RATE.")
    ] = None,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it: it is shown this once, and stored nowhere.

    Exits with 2 when a right is none, 3 when the broker does not answer.
    """
    from floodmark.operate.api_keys import create as run

    run(_given(broker, topic_prefix, data_dir), name, rights or ["read"], days, rate, as_json=as_json)


@app.command("list")
def list_keys(
    *, broker: Broker = None, topic_prefix: Prefix = None, data_dir: DataDir = None, as_json: Json = False
) -> None:
    """Show the keys by the part that may be shown, with their rights, and whether they are good.

    Exits with 0, also when there are none; 3 when the broker does not answer.
    """
    from floodmark.operate.api_keys import show

    show(_given(broker, topic_prefix, data_dir), as_json=as_json)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, or the beginning of the key, as `keys list` shows it.")],
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: DataDir = None,
) -> None:
    """Let a key in no more: all gateways know within a second.

    Exits with 2 when there is no such key, 3 when the broker does not answer.
    """
    from floodmark.operate.api_keys import revoke as run

    run(_given(broker, topic_prefix, data_dir), key)


def _given(broker: str | None, topic_prefix: str | None, data_dir: Path | None) -> dict[str, Any]:
    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    return {name: value for name, value in given.items() if value is not None}
