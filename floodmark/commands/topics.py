"""`floodmark topics`: the topics that Floodmark needs, for clusters where they are made by others."""

from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)

Broker = Annotated[str | None, typer.Option("--broker", help="Kafka bootstrap servers, HOST:PORT[,HOST:PORT…].")]
Prefix = Annotated[str | None, typer.Option("--topic-prefix", help="Put before every topic name.")]
Partitions = Annotated[
    int | None, typer.Option("--partitions", help="Of transactions and what follows them. None: as transactions have.")
]
Replication = Annotated[int | None, typer.Option("--replication", help="Copies of each partition.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def topics() -> None:
    """List the topics that Floodmark needs, make those that are missing, check those that others have made."""


@app.command("list")
def list_topics(
    *,
    topic_prefix: Prefix = None,
    partitions: Annotated[
        int | None, typer.Option("--partitions", help="Of transactions and what follows them.")
    ] = None,
    replication: Replication = None,
    with_rights: Annotated[
        bool, typer.Option("--rights", help="Also the rights that the login of each kind of process needs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show each topic with its partitions, its settings, and who writes and reads it. No cluster is asked."""
    from floodmark.operate.topics.run import show

    given = _given(None, topic_prefix, partitions, replication)
    show(given, as_json=as_json, with_rights=with_rights)


@app.command()
def create(
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    partitions: Partitions = None,
    replication: Replication = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made, and by which command.")] = (
        False
    ),
) -> None:
    """Make the topics that are missing; those that are there stay, except settings of topics that only workers use.

    Exits with 0 also when nothing was missing, 3 when the broker does not answer or refuses.
    """
    from floodmark.operate.topics.run import create as run

    run(_given(broker, topic_prefix, partitions, replication), dry_run=dry_run)


@app.command()
def check(
    *,
    broker: Broker = None,
    topic_prefix: Prefix = None,
    partitions: Partitions = None,
    replication: Replication = None,
    as_json: Json = False,
) -> None:
    """Say what differs from what Floodmark needs, and what to do about each: nothing is changed.

    Looked at are what is missing, partitions that must agree, copies, how a topic is cleaned up, how large a record may
    be and how long it is kept. A remark is no fault: nothing is lost by it.

    Exits with 0 when there is no fault, 1 when there is one, 3 when the broker does not answer.
    """
    from floodmark.operate.topics.run import check as run

    run(_given(broker, topic_prefix, partitions, replication), as_json=as_json)


def _given(
    broker: str | None, topic_prefix: str | None, partitions: int | None, replication: int | None
) -> dict[str, Any]:
    return {"broker": broker, "topic_prefix": topic_prefix, "partitions": partitions, "replication": replication}
