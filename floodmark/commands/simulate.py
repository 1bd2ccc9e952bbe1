"""`floodmark simulate`: seeded traffic with named incidents, as files or published."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def simulate(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder for transactions.csv, transactions_auth_codes.csv and labels.json.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish to the broker.")] = False,
    feed: Annotated[
        str | None, typer.Option(help="Write this named feed with --out; --seed alone changes it. See --feeds.")
    ] = None,
    feeds: Annotated[bool, typer.Option("--feeds", help="Name all feeds, and do nothing else.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and options, same traffic.")] = 1,
    days: Annotated[float, typer.Option(min=0.0007, max=366, help="How long; parts of days are fine.")] = 1.0,
    start: Annotated[
        str | None,
        typer.Option(
            help="First minute, UTC: 2025-03-03T18:00. None: 2025-03-03T00:00; with --publish so that it ends now."
        ),
    ] = None,
    rate: Annotated[float, typer.Option(help="Transactions a minute, averaged over a weekday.")] = 120.0,
    trough: Annotated[
        float, typer.Option(help="The quietest minute's traffic as a part of the busiest one's, above 0 to 1.")
    ] = 0.15,
    dispersion: Annotated[
        float, typer.Option(help="A minute's variance divided by its mean: 1 is chance alone, up to 10.")
    ] = 1.7,
    scopes: Annotated[
        str, typer.Option(help="Scopes and their parts of the traffic: shop-a=3,shop-b=1.", metavar="NAME[=PART],…")
    ] = "all",
    incident: Annotated[
        list[str] | None,
        typer.Option(help="KIND@START+MINUTES, then if wanted xFACTOR and /SCOPE; may be given several times."),
    ] = None,
    incidents: Annotated[int, typer.Option(min=0, max=1000, help="So many more, where the seed puts them.")] = 0,
    speed: Annotated[str, typer.Option(help="With --publish: event seconds a second, or max.")] = "max",
    explode: Annotated[
        bool, typer.Option("--explode", help="With --publish: one record for each transaction.")
    ] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    partitions: Annotated[
        int | None, typer.Option(help="Partitions of the transactions topic, when it is made.")
    ] = None,
) -> None:
    """Make traffic: time of day, weekday, slow level, over-dispersion, auth codes, amounts, and what breaks it.

    Kinds of incidents: denied_51, denied_59, denied_all, denied_spike, failed_burst, reversed_rise,
    backend_reversed_rise, total_outage, partial_outage, and organic_surge, which is none.

    Exits with 2 when it cannot be done as asked, 3 when the broker cannot be reached, 1 when records were not
    delivered or a file not written, 130 when interrupted.
    """
    if feeds:
        from floodmark.operate.simulate_feed import list_feeds

        list_feeds()
        return
    if feed is not None:
        if out is None or publish:
            raise typer.BadParameter("a named feed is written: give --out FOLDER, and not --publish")
        from floodmark.operate.simulate_feed import write_feed

        write_feed(feed, seed, out)
        return
    from floodmark.operate.simulate import SimulateOptions, run

    if publish == (out is not None):
        raise typer.BadParameter("give either --out FOLDER or --publish")
    asked = SimulateOptions(seed, days, start, rate, trough, dispersion, scopes, tuple(incident or ()), incidents)
    given = {"broker": broker, "topic_prefix": topic_prefix, "partitions": partitions}
    run(asked, out, speed, {k: v for k, v in given.items() if v is not None}, explode=explode)
