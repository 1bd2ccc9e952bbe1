"""The replay of `up`: what is left to replay, a thread that does it, and how far it is."""

from collections.abc import Callable

from floodmark.broker import Broker
from floodmark.up.datadir import DataDir
from floodmark.up.plan import Options
from floodmark.up.status import ReplayRow


class ReplayRefusedError(Exception):
    """The replay cannot be done; the message says why and what to do."""


class Replaying:
    """One replay in a thread."""

    def __init__(self, options: Options, data: DataDir, say: Callable[[str], None]) -> None:
        self.over = True
        self.error: str | None = None
        self.told: list[str] = []

    def prepare(self, broker: Broker, identity: str, partitions: int) -> None:
        """Prepare."""

    def start(self) -> None:
        """Start."""

    def row(self) -> ReplayRow | None:
        """Row."""
        return None

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Stop."""
