"""`floodmark scorecard`: how well the rules do on labelled sets, or on named feeds."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def scorecard(
    *,
    sets: Annotated[
        Path | None, typer.Option(help="Folder with labelled sets and evaluate.py, the judge that scores them.")
    ] = None,
    feeds: Annotated[bool, typer.Option("--feeds", help="Score the named feeds of `floodmark simulate`.")] = False,
    feed: Annotated[
        list[str] | None, typer.Option(help="With --feeds: only this one; may be given several times.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="With --feeds: how many seeds, from 1 on.")] = 10,
    quick: Annotated[bool, typer.Option("--quick", help="With --feeds: two seeds.")] = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="With --feeds: name each false page and each incident that was missed.")
    ] = False,
    rules: Annotated[Path | None, typer.Option(help="Rule file; none: the default rules.")] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            help="Put the tables between the scorecard markers of this Markdown file; with --feeds the card "
            "between the feeds markers."
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="With --feeds: keep each run in this folder when it is done, and do not judge again what it holds of "
            "these rules. Take an empty one when the code has changed."
        ),
    ] = None,
    alerts: Annotated[Path | None, typer.Option(help="With --sets: keep each set's alerts in this folder.")] = None,
) -> None:
    """Judge labelled sets or named feeds with the code of `detect`, score what was said, and show the tables.

    A set is a folder with labels.json and transactions.csv; the folder's own judge scores them. A feed is made by a
    seed, and has its truth with it; all feeds take some 8 minutes of CPU a seed, in as many processes as there are
    cores that it may use. docs/feeds.md says what each number means.

    Exits with 2 when the folder, the judge, a feed, the rules or the file to write to cannot be used, and with 1 when
    a set cannot be judged or scored, or the file not written.
    """
    if feeds == (sets is not None):
        raise typer.BadParameter("give either --sets FOLDER or --feeds")
    if sets is not None:
        from floodmark.analysis.scorecard.run import ScorecardRequest, run

        run(ScorecardRequest(sets, rules, write, alerts))
        return
    from floodmark.analysis.scorecard.run_feeds import FeedsRequest, run_feeds

    run_feeds(FeedsRequest(tuple(feed or ()), 2 if quick else seeds, rules, write, pages, resume))
