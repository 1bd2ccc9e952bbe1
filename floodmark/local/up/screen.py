"""Where people read what happens: a live view on a terminal, plain lines everywhere else."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from floodmark.local.up.cursor import Cursor, by_urgency
from floodmark.local.up.keyboard import Quiet
from floodmark.local.up.status import ReplayRow, Status, rate
from floodmark.local.up.view import draw
from runtime.terminal import Clean, columns, hanging, wrapped
from schemas.alert import Alert
from schemas.durations import seconds_long
from schemas.instants import instant
from sinks.console.text import lines

PROGRESS_EVERY_S: Final = 2.0


class Screen(Protocol):
    """What `up` needs of a screen. `say` may be called from any thread."""

    def say(self, text: str) -> None:
        """Something that people should read, now."""

    def alert(self, alert: Alert) -> None:
        """An incident fired, got worse or is over."""

    def show(self, status: Status) -> None:
        """How things are; called several times a second."""

    def __enter__(self) -> Self:
        """Begin to show the status."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show no status any more; `say` goes on to work."""


class _Paper:
    """Prints from any thread, as long as there is anybody to read: a closed terminal or pipe must not stop a stop."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.gone = False
        self._lock = threading.Lock()

    def print(self, what: str | Text, *, soft_wrap: bool) -> None:
        """Print it as it is, unless the reader is gone."""
        with self._lock:
            if not self.gone:
                with self.while_read():
                    self.console.print(what, markup=False, highlight=False, soft_wrap=soft_wrap)

    @contextmanager
    def while_read(self) -> Iterator[None]:
        """Notes that the reader is gone; rich ends the process when a pipe breaks, which we do in order ourselves."""
        try:
            yield
        except (OSError, SystemExit):
            self.gone = True


class PlainScreen:
    """Lines: what happens, each alert once, and progress every two seconds while there is any.

    Args:
        console: Where to write.
    """

    def __init__(self, console: Console) -> None:
        self._paper = _Paper(console)
        self._width = console.width if console.is_terminal else columns()
        self._shown_at = 0.0
        self._last = ""

    def say(self, text: str) -> None:
        """Print it, in lines that a person can read."""
        self._paper.print("\n".join(wrapped(line, self._width) for line in text.split("\n")), soft_wrap=True)

    def alert(self, alert: Alert) -> None:
        """Print it, as the console sink does; of one that is over, the first line is enough."""
        text = lines(alert)
        told = text.split("\n")[0] if alert.is_over else text
        self._paper.print(hanging(told, self._paper.console, self._width), soft_wrap=True)

    def show(self, status: Status) -> None:
        """Print a line of progress, when the last one is old enough and says something else."""
        now = time.monotonic()
        if now - self._shown_at < PROGRESS_EVERY_S:
            return
        self._shown_at = now
        # What idle workers tell each other waits to be judged, too, now and then: that is no news.
        flow = replace(status.flow, unjudged=0) if status.flow.rests else status.flow
        news = progress_line(replace(status, flow=flow))
        if news != self._last:
            self._last = news
            self.say(progress_line(status))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


class LiveScreen:
    """The live view at the bottom, what happens scrolling above it.

    Args:
        console: A terminal.
    """

    def __init__(self, console: Console) -> None:
        self._paper = _Paper(console)
        self._live: Live | None = None
        self._quiet: Quiet | None = None
        self._cursor = Cursor()

    def say(self, text: str) -> None:
        """Print it above the view, in lines that a person can read."""
        width = self._paper.console.width
        self._paper.print("\n".join(wrapped(line, width) for line in text.split("\n")), soft_wrap=self._live is None)

    def alert(self, alert: Alert) -> None:
        """Nothing: the view has it among its latest alerts."""

    def show(self, status: Status) -> None:
        """Draw the view anew."""
        if self._live is not None and not self._paper.gone:
            with self._paper.while_read():
                size = self._paper.console.size
                if self._quiet is not None:
                    self._cursor = self._cursor.after(self._quiet.typed(), by_urgency(status.picture.incidents))
                shown = replace(status, cursor=self._cursor)
                self._live.update(Clean(draw(shown, size.height, size.width)), refresh=True)

    def __enter__(self) -> Self:
        live = Live(console=self._paper.console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._quiet = Quiet()
        with self._paper.while_read():
            live.start()
            self._live = live
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            with self._paper.while_read():
                self._live.stop()
            self._live = None
        if self._quiet is not None:
            self._quiet.close()


def screen(console: Console, *, plain: bool) -> Screen:
    """The live view when there is a terminal and nobody asked for plain lines."""
    return LiveScreen(console) if console.is_terminal and not plain else PlainScreen(console)


def progress_line(status: Status) -> str:
    """The status in one line."""
    flow = status.flow
    parts = [status.doing]
    if status.replay is not None and not status.replay.over:
        parts.append(replay_text(status.replay))
    parts += [
        f"{flow.counted:,} counted ({rate(flow.counted_rate)}/s)",
        *([f"{flow.dead_letters:,} dead letters"] if flow.dead_letters else []),
        *([f"{flow.late:,} too late"] if flow.late else []),
        f"{flow.uncounted:,} to count",
        f"{flow.unjudged:,} to judge",
        f"{flow.unwritten:,} to write",
        f"open incidents: {len(status.picture.incidents)}",
        *([flow.waiting] if flow.waiting and flow.published_rate == 0 else []),
    ]
    return " · ".join(parts)


def replay_text(replay: ReplayRow) -> str:
    """The progress of a replay in a few words."""
    when = "" if replay.event_at is None else f" at {instant(replay.event_at)}"
    left = "" if replay.eta_s is None else f", {seconds_long(replay.eta_s)} left"
    rows = f"{replay.rows:,} of {replay.total:,} rows"
    return f"replay {100 * replay.share:.0f} % ({rows}, {rate(replay.rate)}/s{when}{left})"
