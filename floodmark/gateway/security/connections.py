"""Bounds on connections: how long a head may be, and how many there may be; its time is `runtime.serving`'s."""

from typing import Final

HEAD_BYTES: Final = 65_536
"""How many bytes of a head are waited for; see also `access.HEAD_BYTES`."""
CONNECTIONS: Final = 2_000
"""How many all clients have at once; one more is told to come again. A stream takes one."""
