"""`floodmark replay`: publish the rows of CSV files."""

from pathlib import Path
from typing import Annotated

import typer

from floodmark.commands.conventions import Decimal, TimeZone, conventions

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="CSV files: timestamp or time, status or auth_code, count; - is standard input."),
    ] = None,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    partitions: Annotated[
        int | None, typer.Option(help="Partitions of the transactions topic, when it is made.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Event seconds a second, or max.")] = "max",
    rebase: Annotated[str | None, typer.Option(help="now: move all event times so that the replay ends now.")] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", help="Day (YYYY-MM-DD) of the first file with times only; or one for each, with commas between."
        ),
    ] = None,
    decimal: Decimal = None,
    time_zone: TimeZone = None,
    *,
    sample: Annotated[bool, typer.Option("--sample", help="Replay the sample that ships with us.")] = False,
    explode: Annotated[bool, typer.Option("--explode", help="One record for each transaction.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out and count them.")] = False,
    no_punctuation: Annotated[
        bool, typer.Option("--no-punctuation", help="More will follow: leave the last minute open.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Publish also what was published before.")] = False,
) -> None:
    """Publish the rows of CSV files as transactions, merged by event time.

    What was published into the topic before is refused. What was interrupted or cut off goes on with the rows that are
    missing. Exits with 2 for a file that cannot be read or was published before, 3 when the broker cannot be reached,
    1 when records were not delivered, 130 when interrupted (what was sent has arrived).
    """
    from floodmark.operate.publish import run
    from producers.replay_request import ReplayRequest
    from producers.sample import paths

    wanted = [*(files or ()), *(paths() if sample else ())]
    if not wanted:
        raise typer.BadParameter(
            "give one file or more, or --sample for the one that ships with us", param_hint="FILES"
        )
    given = {"broker": broker, "topic_prefix": topic_prefix, "partitions": partitions}
    # We know what the times of the sample are.
    written = conventions(decimal, time_zone if files else time_zone or "UTC")
    request = ReplayRequest.of(
        wanted,
        speed,
        rebase,
        day,
        explode=explode,
        skip_bad=skip_bad,
        punctuate=not no_punctuation,
        conventions=written,
    )
    run(request, {k: v for k, v in given.items() if v is not None}, again=again)
