"""What a gateway logs, caught."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from runtime import logs


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """All that is logged within the block, at debug level, as a gateway writes it."""
    root, kept = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("debug", stream=kept)
    try:
        yield kept
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
