"""How much one who only reads may ask of the store."""

from types import MappingProxyType
from typing import Final

READER_LIMITS: Final = MappingProxyType(
    {
        "max_execution_time": 30,
        "max_memory_usage": 1_000_000_000,
        "max_threads": 4,
        "max_result_bytes": 1_000_000_000,
    }
)
"""Seconds, bytes, threads, bytes. A reader may ask for less, never for more or for none (0)."""
