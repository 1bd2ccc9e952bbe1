"""Named feeds as a command: one written as files, or all of them named."""

from pathlib import Path

from producers.simulate.feeds.catalogue import FEEDS, NoSuchFeed, feed_of
from producers.simulate.feeds.feed import MadeFeed
from producers.simulate.feeds.files import write
from producers.simulate.feeds.placing import NoRoom
from runtime.exits import Exit, Misused, fail
from runtime.output import to_stdout
from runtime.terminal import clean_console


def list_feeds() -> None:
    """Name every feed, with what it is like."""
    widest = max(map(len, FEEDS))
    for feed in FEEDS.values():
        to_stdout(f"{feed.name:<{widest}}  {feed.days:g} days: {feed.summary}")


def write_feed(name: str, seed: int, folder: Path) -> None:
    """Write the feed that the seed makes; ends the process when that cannot be done."""
    try:
        made = MadeFeed(feed_of(name), seed)
        write(made, folder)
    except (NoSuchFeed, NoRoom) as error:
        raise Misused(str(error), "--feed") from error
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}", Exit.FAILED)
    console = clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    console.print(f"{made.feed.minutes:,} minutes of {name}, {len(made.truths)} events, in {folder}")
