"""The channel console."""

import sys
import threading
from typing import TextIO

from rich.console import Console

from sinks.notify.channels.console.payload import printed
from sinks.notify.channels.console.settings import ConsoleSettings
from sinks.notify.channels.contract import Channel, Receipt
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.protocol import Busy, Trouble


class ConsoleChannel:
    """Prints messages; implements `sinks.notify.channels.contract.Channel`.

    Args:
        stream: Where to; none: the output of the process.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._console = Console(file=self._stream, highlight=False, soft_wrap=True, markup=False, emoji=False)
        self._one_at_a_time = threading.Lock()

    def send(self, content: Content, _handle: str) -> Receipt:
        """See `Channel.send`; returns once the text has left this process."""
        try:
            with self._one_at_a_time:
                self._console.print(printed(content))
                self._stream.flush()
        except (OSError, ValueError) as error:  # the second for a stream that is closed
            raise Busy(Trouble.UNREACHABLE, f"the output takes nothing ({type(error).__name__})") from None
        return Receipt("printed")

    def wants(self, _content: Content) -> bool:
        """See `Channel.wants`: all that is said."""
        return True

    def close(self) -> None:
        """See `Channel.close`. The stream is not ours to close."""


def opened(_settings: ConsoleSettings, _ground: Ground) -> Channel:
    """A channel to the output of the process."""
    return ConsoleChannel()
