"""A routing file that changes while the notifier runs."""

from pathlib import Path
from textwrap import dedent

import pytest

from sinks.notify.channels.contract import Receipt
from sinks.notify.content import Content
from sinks.notify.routing.file import RoutingError
from sinks.notify.routing.model import ChannelTable
from sinks.notify.run import Outfit
from tests.sinks.notify.routing.kit import WHOLE


class Made:
    """A channel that remembers what it was made of."""

    def __init__(self, table: ChannelTable) -> None:
        if table.kind == "bad":
            raise RoutingError("no such kind")
        self.table = table

    def send(self, content: Content, handle: str) -> Receipt:
        return Receipt(f"{content.id}{handle}")

    def wants(self, content: Content) -> bool:
        return bool(content.id)

    def close(self) -> None:
        pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "routes.toml"
    path.write_text(dedent(WHOLE))
    return path


def changed(outfit: Outfit, text: str) -> object:
    outfit.path.write_text(dedent(text))
    first = outfit.look()
    return outfit.look() if first is None else first


def test_a_changed_file_is_used_and_only_channels_that_differ_are_made_anew(file: Path) -> None:
    outfit = Outfit(file, Made)
    chat, pager = outfit.channels["chat"], outfit.channels["pager"]
    other = 'name = "pager"\n    kind = "webhook"\n    url = "https://example.org/x"'
    routing = changed(outfit, WHOLE.replace('name = "pager"\n    kind = "console"', other))
    assert routing is outfit.routing
    assert outfit.channels["chat"] is chat
    assert outfit.channels["pager"] is not pager
    assert outfit.look() is None


def test_another_token_in_its_file_is_used_without_a_word_in_the_routing(file: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    kept = f'name = "chat"\nkind = "apprise"\nurl_file = "{token}"'
    file.write_text(file.read_text().replace('name = "chat"\nkind = "console"', kept))
    outfit = Outfit(file, Made)
    chat, pager = outfit.channels["chat"], outfit.channels["pager"]
    assert outfit.look() is None
    token.write_text("another one")
    assert outfit.look() is None
    assert outfit.channels["chat"] is chat
    assert outfit.look() is None
    assert outfit.channels["chat"] is not chat
    assert outfit.channels["pager"] is pager
    again = outfit.channels["chat"]
    outfit.look()
    outfit.look()
    assert outfit.channels["chat"] is again


def test_a_file_that_cannot_be_used_leaves_all_as_it_was(file: Path) -> None:
    outfit = Outfit(file, Made)
    before, channels = outfit.routing, dict(outfit.channels)
    assert changed(outfit, "[[team]]") is None
    assert changed(outfit, WHOLE.replace('kind = "console"', 'kind = "bad"')) is None
    assert outfit.channels == channels
    assert changed(outfit, WHOLE) == before


def test_a_file_that_cannot_be_used_at_the_start_is_an_error(file: Path) -> None:
    file.write_text("x = 1")
    with pytest.raises(RoutingError, match="x: is not known here"):
        Outfit(file, Made)
