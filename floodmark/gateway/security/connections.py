"""Bounds on connections: how long a head may be, and how many there may be; its time is `runtime.serving`'s."""

from typing import Final

HEAD_BYTES: Final = 65_536
"""Of a head so much is waited for; see also `access.HEAD_BYTES`."""
CONNECTIONS: Final = 2_000
"""Of all clients at once; of more, each is told to come again. A stream takes one."""
