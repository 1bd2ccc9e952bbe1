"""What time it is, for whoever tells live records from those of the future, and what is new from what lags."""

import time
from typing import Protocol


class Present(Protocol):
    """The present."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""

    def is_sure(self) -> bool:
        """Whether that can be relied on: not yet when a clock has just been set, or was never compared with another."""


class MachineClock:
    """The clock of this machine, which is believed."""

    def now_ms(self) -> int:
        """See Present."""
        return int(time.time() * 1000)

    def is_sure(self) -> bool:
        """See Present."""
        return True
