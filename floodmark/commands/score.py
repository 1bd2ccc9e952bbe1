"""`floodmark score`: anomaly scores of any series of numbers, for benchmarks and for the curious."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def score(
    source: Annotated[Path, typer.Argument(metavar="IN", help="CSV with the columns timestamp and value.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Write timestamp and anomaly_score here.")],
) -> None:
    """Score each row of a series from 0 to 1, from the rows up to it alone.

    A score is -log10 of the tail probability over 12: 0.25 is one in a thousand, 0.5 one in a million, 1 one in 10^12
    and rarer. Values may be any numbers, in any spacing; timestamps are ISO 8601 (UTC unless they name a zone) or
    seconds, milliseconds or microseconds since the epoch. They only tell the time of day and week; an empty one does
    not. Rows come out in the order in which they stand in the file. The first 50 score 0.

    Exits with 2 when the file cannot be used (the message names the line), and with 1 when OUT cannot be written.
    """
    from floodmark.analysis.series_score.run import run

    run(source, out)
