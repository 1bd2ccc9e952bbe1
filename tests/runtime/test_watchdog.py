"""A process that is unwell for too long ends, and so does one that does not stop when told to."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from runtime.exits import Exit
from runtime.watchdog import PAUSED_S, Watchdog


class Watched:
    """A process that complains or not, looked at every second of its clock."""

    def __init__(self, unwell_for_s: float = 60.0) -> None:
        self.now = 0.0
        self.wrong: str | None = None
        self.ended: list[tuple[float, str]] = []
        self.dog = Watchdog(self.complaint, unwell_for_s, lambda why: self.ended.append((self.now, why)), self.clock)

    def clock(self) -> float:
        return self.now

    def complaint(self) -> str | None:
        if self.wrong == "raises":
            raise KeyError("nothing there")
        return self.wrong

    def pass_by(self, seconds: int, wrong: str | None) -> "Watched":
        self.wrong = wrong
        for _ in range(seconds):
            self.now += 1
            self.dog.look()
        return self


def test_a_process_that_is_well_lives_on() -> None:
    assert Watched().pass_by(3600, None).ended == []


def test_one_that_is_unwell_for_the_time_given_ends_and_says_why() -> None:
    watched = Watched().pass_by(10, None).pass_by(60, "count: has not turned")
    assert watched.ended == []
    watched.pass_by(1, "count: has not turned for long")
    assert watched.ended == [(71, "unwell for 60 s: count: has not turned for long")]


def test_a_moment_of_health_begins_the_time_anew() -> None:
    watched = Watched().pass_by(60, "ill").pass_by(1, None).pass_by(60, "ill")
    assert watched.ended == []
    assert watched.pass_by(1, "ill").ended == [(122, "unwell for 60 s: ill")]


def test_a_process_that_stood_still_is_not_blamed_for_that_time() -> None:
    watched = Watched().pass_by(30, "ill")
    watched.now += PAUSED_S + 600
    assert watched.pass_by(60, "ill").ended == []
    assert len(watched.pass_by(1, "ill").ended) == 1


def test_a_health_check_that_raises_is_no_health() -> None:
    assert Watched(5).pass_by(6, "raises").ended == [(6, "unwell for 5 s: the health check failed: KeyError")]


def process(body: str, *, traced: bool = True) -> "subprocess.Popen[str]":
    code = (
        "import asyncio, sys, time\nfrom runtime import logs\nfrom runtime.watchdog import StopDeadline\n"
        "logs.configure()\n" + textwrap.dedent(body)
    )
    surroundings = {name: value for name, value in os.environ.items() if traced or not name.startswith("COVERAGE_")}
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
    )


def told(body: str, number: signal.Signals, *, traced: bool = True) -> tuple[int, str]:
    """Exit code and last words of a process that is told to stop as soon as it says that it is there."""
    with process(body, traced=traced) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.send_signal(number)
        _, said = child.communicate(timeout=240)
    return child.returncode, said


DEAF = """
    import ctypes, signal
    signal.signal({number}, lambda *_: None)
    StopDeadline(0.2)
    print("here", flush=True)
    lock = ctypes.create_string_buffer(64)
    for _ in range(2):
        ctypes.CDLL(None).pthread_mutex_lock(lock)  # for ever, the second time; no Python handler runs meanwhile
"""
LOOP = """
    StopDeadline(120)
    async def main():
        asyncio.get_running_loop().add_signal_handler({number}, heard.set)
        print("here", flush=True)
        await heard.wait()
    heard = asyncio.Event()
    asyncio.run(main())
    sys.exit(7)
"""
WAITING = """
    import signal, threading
    def stop(*_):
        sys.exit(7)
    signal.signal({number}, stop)
    StopDeadline(120)
    print("here", flush=True)
    {wait}
"""
HANGING = """
    StopDeadline(3)
    async def main():
        asyncio.get_running_loop().add_signal_handler(15, lambda: print("heard", file=sys.stderr))
        print("here", flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_main_thread_that_hears_no_signal_is_ended_after_the_deadline(number: signal.Signals) -> None:
    # Not measured for coverage: in CPython 3.11 a traced thread stands at its next call while a signal waits for a main
    # thread that does not hear.
    code, said = told(DEAF.format(number=int(number)), number, traced=False)
    assert code == Exit.AGAIN
    assert f"still running 0.2 s after {number.name}" in said


def test_a_loop_hears_the_signal_and_has_its_time_but_no_more() -> None:
    code, said = told(HANGING, signal.SIGTERM)
    assert code == Exit.AGAIN
    assert said.startswith("heard\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_that_stops_in_time_ends_as_it_likes(number: signal.Signals) -> None:
    assert told(LOOP.format(number=int(number)), number) == (7, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("wait", ["time.sleep(240)", "threading.Event().wait()", "signal.pause()"])
def test_a_main_thread_that_waits_hears_the_signal_at_once(number: signal.Signals, wait: str) -> None:
    assert told(WAITING.format(number=int(number), wait=wait), number) == (7, "")


def test_a_process_that_has_asked_for_no_signal_ends_by_it_at_once() -> None:
    # Whoever measures coverage asks for it before anybody else can.
    body = """
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        StopDeadline(240)
        print("here", flush=True)
        time.sleep(240)
    """
    assert told(body, signal.SIGTERM) == (-signal.SIGTERM, "")
