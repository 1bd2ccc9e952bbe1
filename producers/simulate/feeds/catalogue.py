"""All named feeds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from producers.simulate.feeds.broken import BROKEN
from producers.simulate.feeds.feed import Feed
from producers.simulate.feeds.quiet import QUIET

FEEDS: Final[Mapping[str, Feed]] = MappingProxyType({feed.name: feed for feed in (*QUIET, *BROKEN)})
"""By name, in the order in which they are shown."""


class NoSuchFeed(ValueError):
    """There is no feed of that name; the message names all."""


def feed_of(name: str) -> Feed:
    """The feed of that name.

    Raises:
        NoSuchFeed: there is none.
    """
    feed = FEEDS.get(name)
    if feed is None:
        raise NoSuchFeed(f"there is no feed {name!r}; the feeds are {', '.join(FEEDS)}")
    return feed
