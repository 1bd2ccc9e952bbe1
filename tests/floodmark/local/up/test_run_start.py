"""How `up` begins when it cannot, or when somebody thinks better of it: exit code, words, and nothing left behind."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import pytest

from floodmark.local.store.paths import StorePaths
from floodmark.local.up import supervisor
from floodmark.local.up.datadir import DataDir
from floodmark.local.up.plan import Options
from floodmark.local.up.restarts import RestartPolicy
from floodmark.local.up.run import up
from floodmark.local.up.signals import WISHES, Signals
from floodmark.local.up.status import Status
from schemas.alert import Alert
from tests.floodmark.local.up.process_kit import exists
from tests.waiting import until


class Notes:
    """A screen that keeps what is said, and does something when it hears certain words."""

    def __init__(self, word: str = "", then: Callable[[], None] = lambda: None) -> None:
        self.said: list[str] = []
        self._word, self._then = word, then

    def say(self, text: str) -> None:
        self.said.append(text)
        if self._word and self._word in text:
            self._word = ""
            self._then()

    def alert(self, alert: Alert) -> None:
        raise AssertionError(f"nothing was replayed, and yet there is {alert}")

    def show(self, status: Status) -> None:
        del status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


@pytest.fixture
def signals() -> Iterator[Signals]:
    """Installed, and the handlers from before put back afterwards."""
    before = {wish: signal.getsignal(wish) for wish in WISHES}
    made = Signals()
    made.install()
    yield made
    for wish, handler in before.items():
        signal.signal(wish, handler)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Whatever was started has ended."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = {child.pid for child in psutil.Process().children(recursive=True)} - before
    until(lambda: not any(exists(pid) for pid in left), f"the end of {left}")


def rows(folder: Path) -> Path:
    path = folder / "rows.csv"
    path.write_text("timestamp,status,count\n2025-07-12 12:00:00,approved,1\n")
    return path


def test_rules_that_cannot_be_used_start_nothing(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("nonsense = 1\n")
    notes = Notes()
    assert up(Options(tmp_path / "data", rules=tmp_path / "r.toml"), notes, Signals()) == 2
    assert notes.said == [notes.said[0]]
    assert notes.said[0].startswith(f"Not started: {tmp_path / 'r.toml'}:1:")
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    with DataDir(tmp_path):
        notes = Notes()
        assert up(Options(tmp_path, broker="embedded"), notes, Signals()) == 2
    assert f"pid {os.getpid()}" in notes.said[0]


def test_a_broker_that_is_no_address_is_said_with_what_would_be(tmp_path: Path) -> None:
    notes = Notes()
    assert up(Options(tmp_path, broker="somewhere"), notes, Signals()) == 3
    assert notes.said[-1].startswith("Not started: 'somewhere' is not a broker's address: write HOST:PORT")


def test_notes_on_earlier_replays_that_cannot_be_read_start_nothing(tmp_path: Path) -> None:
    with DataDir(tmp_path / "data") as data:
        data.ledger.write_text("{")
    notes = Notes()
    assert up(Options(tmp_path / "data", broker="embedded", replay=(rows(tmp_path),)), notes, Signals()) == 2
    (line,) = notes.said
    assert "nobody can tell what was replayed before" in line
    assert "--fresh" in line


@pytest.mark.kafka
def test_a_replay_too_large_for_the_broker_stops_it_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("timestamp,status,count\n2025-07-12 12:00:00,approved,1000000\n")
    notes = Notes()
    assert up(Options(tmp_path / "data", broker="embedded", replay=(path,), explode=True), notes, Signals()) == 2
    assert any(line.startswith("Not started: The embedded broker keeps 5 MiB") for line in notes.said)
    assert notes.said[-1].startswith("Stopped in")


@pytest.mark.kafka
@pytest.mark.parametrize("word", ["Broker ready", "Store ready"])
def test_a_wish_to_stop_during_the_start_is_followed_at_once(tmp_path: Path, signals: Signals, word: str) -> None:
    notes = Notes(word, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert up(Options(tmp_path, broker="embedded", workers=1), notes, signals) == 130
    assert "Stopped before everything was up." in notes.said
    assert not any(line.startswith("Started worker-1") for line in notes.said)


@pytest.mark.kafka
def test_a_store_that_cannot_live_ends_it_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By itself it is patient with five deaths, and waits longer after each; tests of restarts say so.
    monkeypatch.setattr(supervisor, "RestartPolicy", partial(RestartPolicy, first_s=0.05, deaths=2))
    place = StorePaths.under(tmp_path)
    place.root.mkdir(parents=True)
    place.tables.write_text("a file where the store wants a folder")
    notes = Notes()
    assert up(Options(tmp_path, broker="embedded", workers=1), notes, Signals()) == 1
    (failed,) = [line for line in notes.said if line.startswith("FAILED")]
    assert "store ended" in failed


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.invalid/t0ken", "--webhook-local permits http"),
        ("https://127.0.0.1/t0ken", "--webhook-local permits that"),
        ("hooks.invalid/t0ken", "begin with https://"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_told_before_anything_starts(tmp_path: Path, url: str, says: str) -> None:
    notes = Notes()
    assert up(Options(tmp_path / "data", webhook=url), notes, Signals()) == 2
    (said,) = notes.said
    assert said.startswith("Not started: ")
    assert says in said
    assert "t0ken" not in said
    assert "--allow" not in said
    assert not (tmp_path / "data").exists()


CHAT = """[[team]]
name = "t"
[[channel]]
name = "chat"
kind = "{kind}"
{settings}
[[route]]
name = "all"
team = "t"
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no [[team]]"),
        (CHAT.format(kind="console", settings="x = 1"), "routes.toml:6: [[channel]] x: is not known"),
        (CHAT.format(kind="pagerduty", settings='routing_key_file = "no-such-file"'), "no-such-file"),
    ],
)
def test_a_routing_file_that_cannot_be_used_is_told_before_anything_starts(
    tmp_path: Path, text: str, says: str
) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(text)
    notes = Notes()
    assert up(Options(tmp_path / "data", routes=routes), notes, Signals()) == 2
    (said,) = notes.said
    assert said.startswith("Not started: ")
    assert says in said
    assert not (tmp_path / "data").exists()
