"""A routing file that changes while the notifier runs."""

from pathlib import Path
from textwrap import dedent

import pytest

from sinks.notify.channels import kinds
from sinks.notify.channels.contract import Channel, Receipt
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.notify.routing.file import RoutingError
from sinks.notify.routing.model import ChannelTable
from sinks.notify.run import Outfit
from tests.sinks.http_kit import receiving
from tests.sinks.notify.routing.kit import WHOLE


def made(table: ChannelTable) -> Channel:
    return kinds.made(table, Ground({}))


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


WAITING = """
    [[channel]]
    name = "paged"
    kind = "pagerduty"
    routing_key_file = "{folder}/key"
"""


def test_what_names_a_secret_that_is_not_there_yet_is_used_when_it_is(file: Path, tmp_path: Path) -> None:
    outfit = Outfit(file, made)
    before = outfit.routing
    assert changed(outfit, WHOLE + WAITING.format(folder=tmp_path)) is None
    assert outfit.look() is None
    assert outfit.routing is before
    (tmp_path / "key").write_text("a" * 32)
    assert outfit.look() is outfit.routing
    assert "paged" in {table.name for table in outfit.routing.channel} & outfit.channels.keys()
    assert outfit.look() is None


def test_a_file_that_is_mended_is_used_and_not_the_one_that_waited(file: Path, tmp_path: Path) -> None:
    outfit = Outfit(file, made)
    changed(outfit, WHOLE + WAITING.format(folder=tmp_path))
    mended = changed(outfit, WHOLE)
    assert mended is outfit.routing
    (tmp_path / "key").write_text("a" * 32)
    assert outfit.look() is None
    assert "paged" not in outfit.channels


def test_a_heartbeat_that_cannot_be_used_leaves_the_one_that_beats(file: Path, tmp_path: Path) -> None:
    with receiving() as receiver:
        beats = f'[heartbeat]\nurl = "{receiver.url()}"\nevery = "1m"\nallow_http = true\nallow_private = true\n'
        file.write_text(dedent(WHOLE) + beats)
        outfit = Outfit(file, made)
        before = outfit.heartbeat
        gone = f'[heartbeat]\nurl_file = "{tmp_path}/gone"\nevery = "1m"\n'
        assert changed(outfit, dedent(WHOLE) + gone) is None
        assert outfit.heartbeat is before
        outfit.beat({"open": 0})
        outfit.close()
    assert [request.body for request in receiver.requests] == [b'{"open":0}']


@pytest.mark.parametrize("key", ["routing_key_file", "ca_file"])
def test_no_name_of_a_file_ends_whoever_reads_the_routing(file: Path, tmp_path: Path, key: str) -> None:
    (tmp_path / "key").write_text("a" * 32)
    outfit = Outfit(file, made)
    rest = "" if key == "routing_key_file" else f'    routing_key_file = "{tmp_path}/key"\n'
    table = f'    [[channel]]\n    name = "paged"\n    kind = "pagerduty"\n{rest}    {key} = "a\\u0000b"\n'
    assert changed(outfit, WHOLE + table) is None
    assert "paged" not in outfit.channels
