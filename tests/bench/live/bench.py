"""What every part of the bench is given."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.live.options import Options
from tests.bench.live.site import Site, site


@dataclass(frozen=True, slots=True)
class Bench:
    """A broker, and how much to measure on it.

    Args:
        address: The broker.
        data: Its log directory; None when it is not on this machine, then bytes are not measured.
        folder: For logs and data of our processes.
        options: Sizes.
        say: Receives what happens, in lines.
    """

    address: str
    data: Path | None
    folder: Path
    options: Options
    say: Callable[[str], None] = print

    def site(self, name: str) -> AbstractContextManager[Site]:
        """An installation for one part, gone with the block."""
        return site(self.address, name, self.folder)
