"""`floodmark tail`: minutes and alerts as they are said."""

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from runtime.exits import Misused
from schemas.minute import Verdict
from schemas.severity import SEVERITIES

app = typer.Typer(no_args_is_help=True, add_completion=False)

Scopes = Annotated[list[str] | None, typer.Option("--scope", help="Only this scope; may be given again.")]
Keys = Annotated[list[str] | None, typer.Option("--key", help="Only this status or auth code; may be given again.")]
Last = Annotated[int, typer.Option(min=0, help="Begin with so many of those that are there.")]
Follow = Annotated[bool, typer.Option("--follow/--no-follow", help="Go on with what is said from now on.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Broker = Annotated[str | None, typer.Option(help="Kafka bootstrap servers; none: those of `up` here.")]
Prefix = Annotated[str | None, typer.Option(help="Put before every topic name.")]
Data = Annotated[Path | None, typer.Option(help="Data directory of the `up` that runs here.")]


@app.callback()
def tail() -> None:
    """Print minutes or alerts as they are said, until Ctrl-C.

    Reads the topics and writes nothing; any number may look.
    """


@app.command()
def alerts(
    *,
    scope: Scopes = None,
    key: Keys = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(help=f"Only alerts of this severity ({', '.join(SEVERITIES)}); may be given again."),
    ] = None,
    last: Last = 10,
    follow: Follow = True,
    as_json: Json = False,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: Data = None,
) -> None:
    """What is said of incidents: opened, worse, acknowledged, over.

    Exits with 0 after Ctrl-C, 2 when the topic is not there, 3 when the broker cannot be reached.
    """
    from floodmark.operate.tail.run import ALERTS
    from floodmark.operate.tail.run import tail as run
    from floodmark.operate.tail.wanted import WantedRecords

    wanted = WantedRecords.of(scope or (), key or (), _known("--severity", severity, SEVERITIES))
    run(ALERTS, _given(broker, topic_prefix, data_dir), wanted, last=last, follow=follow, as_json=as_json)


@app.command()
def minutes(
    *,
    scope: Scopes = None,
    key: Keys = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help=f"Only minutes with this verdict ({', '.join(get_args(Verdict))}); may be given again."),
    ] = None,
    last: Last = 10,
    follow: Follow = True,
    as_json: Json = False,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    data_dir: Data = None,
) -> None:
    """Judged minutes: each status and auth code against what was expected of it.

    Exits with 0 after Ctrl-C, 2 when the topic is not there, 3 when the broker cannot be reached.
    """
    from floodmark.operate.tail.run import MINUTES
    from floodmark.operate.tail.run import tail as run
    from floodmark.operate.tail.wanted import WantedRecords

    wanted = WantedRecords.of(scope or (), key or (), _known("--verdict", verdict, get_args(Verdict)))
    run(MINUTES, _given(broker, topic_prefix, data_dir), wanted, last=last, follow=follow, as_json=as_json)


def _known(option: str, words: list[str] | None, known: tuple[str, ...]) -> list[str]:
    for word in words or ():
        if word not in known:
            raise Misused(f"must be one of {', '.join(known)}; it is {word!r}", option)
    return words or []


def _given(broker: str | None, topic_prefix: str | None, data_dir: Path | None) -> dict[str, Any]:
    given = {"broker": broker, "topic_prefix": topic_prefix, "data_dir": data_dir}
    return {name: value for name, value in given.items() if value is not None}
