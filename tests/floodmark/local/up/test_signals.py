import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from floodmark.local.up.keyboard import LOCAL_FLAGS, SHOWN, Quiet
from floodmark.local.up.signals import WISHES, Signals, StopWish


@pytest.fixture
def signals() -> Iterator[Signals]:
    before = {wish: signal.getsignal(wish) for wish in WISHES}
    one = Signals()
    one.install()
    yield one
    for wish, handler in before.items():
        signal.signal(wish, handler)


def test_without_a_wish_all_is_well(signals: Signals) -> None:
    assert (signals.wishes, signals.exit_code, signals.hurry()) == (0, 0, False)


@pytest.mark.parametrize(("wish", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_first_wish_makes_the_exit_code_and_the_second_the_hurry(
    signals: Signals, wish: signal.Signals, code: int
) -> None:
    signal.raise_signal(wish)
    assert (signals.exit_code, signals.hurry()) == (code, False)
    signal.raise_signal(signal.SIGTERM)
    assert (signals.exit_code, signals.hurry()) == (code, True)


def test_a_wish_interrupts_only_where_nobody_looks_and_only_once(signals: Signals) -> None:
    signals.interrupting = True
    with pytest.raises(StopWish):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    assert signals.wishes == 2


def test_keys_are_not_echoed_while_the_view_is_drawn_and_are_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with open(theirs, closefd=True) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        before = termios.tcgetattr(terminal)[LOCAL_FLAGS]
        quiet = Quiet()
        during = termios.tcgetattr(terminal)[LOCAL_FLAGS]
        quiet.close()
        assert before & SHOWN
        assert not during & SHOWN
        assert during & termios.ISIG
        assert termios.tcgetattr(terminal)[LOCAL_FLAGS] == before
    os.close(ours)


def test_keys_are_there_at_once_and_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with open(theirs, closefd=True) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        quiet = Quiet()
        assert quiet.typed() == b""
        os.write(ours, b"\x1b[Bj")
        assert quiet.typed() == b"\x1b[Bj"
        quiet.close()
        assert quiet.typed() == b""
    os.close(ours)
