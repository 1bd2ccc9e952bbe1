import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from floodmark.local.up import screen as screens
from floodmark.local.up.flow import Flow
from floodmark.local.up.screen import LiveScreen, PlainScreen, progress_line, screen
from floodmark.local.up.status import ReplayRow, Status
from sinks.console.text import lines
from sinks.live.feed import Picture
from tests.floodmark.local.up.alert_kit import alert


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to a file has lines of this width, whatever ran the tests."""
    monkeypatch.setenv("COLUMNS", "120")


STATUS = Status("replaying", "kafka 127.0.0.1:1", 1.0, Picture(), Flow(uncounted=5, published=105), ())


def test_a_pipe_gets_plain_lines_and_a_terminal_the_view_unless_asked_otherwise() -> None:
    pipe, terminal = Console(file=io.StringIO()), Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(screen(pipe, plain=False), PlainScreen)
    assert isinstance(screen(terminal, plain=False), LiveScreen)
    assert isinstance(screen(terminal, plain=True), PlainScreen)


def test_what_is_said_is_printed_as_it_is() -> None:
    out = io.StringIO()
    PlainScreen(Console(file=out, width=20)).say("[bold]not markup[/] and a line of  more than twenty columns")
    assert out.getvalue() == "[bold]not markup[/] and a line of  more than twenty columns\n"


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_left_out(width: int) -> None:
    out = io.StringIO()
    long = alert(summary="", severity_because="half of it is lost now, and more and more of it " * 6)
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    PlainScreen(console).alert(long)
    PlainScreen(console).say("what is said, too, " * 20)
    PlainScreen(console).say("  floodmark sql " + "SELECT " * 20)
    *printed, command = out.getvalue().splitlines()
    assert command == "  floodmark sql " + "SELECT " * 20, "a command is copied as it is"
    assert max(map(len, printed)) <= width
    words = f"{lines(long).plain} {'what is said, too, ' * 20}".split()
    assert " ".join(printed).split() == words
    assert printed[3].startswith("      ")


def test_what_goes_to_a_file_has_lines_that_a_person_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError))
    out = io.StringIO()
    PlainScreen(Console(file=out)).say("a word and " * 40 + "x" * 200)
    printed = out.getvalue().splitlines()
    assert 100 < max(map(len, printed[:-1])) <= 120
    assert printed[-1] == f"  {'x' * 200}"


def test_what_is_said_before_the_live_view_breaks_between_words() -> None:
    out = io.StringIO()
    shown = LiveScreen(Console(file=out, force_terminal=True, width=40, color_system=None))
    shown.say(
        "Broker: Apache Kafka, data kept in /a/very/long/path/that/ends/somewhere, here.\n  floodmark sql " + 40 * "x"
    )
    assert out.getvalue().split("\n") == [
        "Broker: Apache Kafka, data kept in",
        "  /a/very/long/path/that/ends/somewhere,",
        "  here.",
        "  floodmark sql " + 40 * "x",
        "",
    ]


def test_an_alert_that_fires_is_told_in_full_and_its_end_in_one_line() -> None:
    out = io.StringIO()
    plain = PlainScreen(Console(file=out))
    plain.alert(alert())
    plain.alert(alert(state="resolved", revision=2))
    printed = out.getvalue().splitlines()
    assert len(printed) == 3
    assert "WARNING" in printed[0]
    assert "z 3.2572" in printed[1]
    assert "resolved" in printed[2]


def test_an_incident_that_got_worse_is_told_in_full() -> None:
    out = io.StringIO()
    PlainScreen(Console(file=out)).alert(alert(state="updated", severity="critical", revision=2))
    first, second = out.getvalue().splitlines()
    assert "CRITICAL updated" in first
    assert "z 3.2572" in second


def test_progress_is_told_now_and_then_and_only_when_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    out, now = io.StringIO(), 1000.0
    monkeypatch.setattr(screens.time, "monotonic", lambda: now)
    plain = PlainScreen(Console(file=out))
    for now, status in ((1000.0, STATUS), (1001.0, replace(STATUS, doing="watching")), (1003.0, STATUS)):  # noqa: B007
        plain.show(status)
    assert out.getvalue().count("\n") == 1
    now = 1006.0
    plain.show(replace(STATUS, doing="watching"))
    assert out.getvalue().splitlines()[1].startswith("watching · 100 counted")


def test_what_idle_workers_tell_each_other_is_no_progress_and_what_is_judged_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, out = 1000.0, io.StringIO()
    monkeypatch.setattr(screens.time, "monotonic", lambda: now)
    plain = PlainScreen(Console(file=out))
    for unjudged, judged in ((0, 0.0), (36, 0.0), (72, 0.0), (72, 5.0), (36, 5.0), (36, 0.0)):
        plain.show(replace(STATUS, flow=Flow(published=100, unjudged=unjudged, minutes_rate=judged)))
        now += 2.0
    printed = re.findall(r"(\d+) to judge", out.getvalue())
    assert printed == ["0", "72", "36", "36"]


def test_the_progress_of_a_replay_is_in_its_line_until_it_is_over() -> None:
    row = ReplayRow(50, 200, 25.0, alert().timestamp, 6.0)
    assert "replay 25 % (50 of 200 rows, 25/s at 2025-07-12 12:00 UTC, 6 s left)" in progress_line(
        replace(STATUS, replay=row)
    )
    assert "rows" not in progress_line(replace(STATUS, replay=replace(row, over=True)))


def test_what_is_left_out_and_what_waits_is_in_the_line_and_nothing_of_it_is_counted() -> None:
    flow = Flow(
        uncounted=5, published=105, dead_letters=7, late=3, left_out=10, unjudged=2, waiting="minute 12:03 is open"
    )
    line = progress_line(replace(STATUS, flow=flow))
    assert "90 counted (0/s) · 7 dead letters · 3 too late · 5 to count · 2 to judge" in line
    assert line.endswith("minute 12:03 is open")
    assert "minute" not in progress_line(replace(STATUS, flow=replace(flow, published_rate=3.0)))


class Gone(io.StringIO):
    """A reader that has left."""

    tries = 0

    def write(self, _text: str) -> int:
        self.tries += 1
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("terminal", [True, False])
def test_a_reader_that_left_does_not_stop_anything(terminal: bool) -> None:
    reader = Gone()
    shown = screen(Console(file=reader, force_terminal=terminal, width=100, height=30), plain=False)
    with shown:
        shown.say("hello")
        shown.alert(alert())
        shown.show(STATUS)
    shown.say("still here")
    assert reader.tries > 0
