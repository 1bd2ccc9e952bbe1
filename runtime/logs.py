"""Logging of every process: structured, to stderr, without secrets."""

import json
import logging
import re
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.log_rate import RateLimit
from schemas.shown import shown, shown_json

USERINFO: Final = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@]*@")
MAX_LOGGED: Final = 10_000
"""Characters of a text in a line; of a longer one, which somebody else wrote, only the beginning and the end are."""
CHATTY: Final = ("httpx", "httpcore", "asyncio", "urllib3")
"""Libraries whose info lines hold whole URLs, or say nothing to people on duty."""


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging to `stream`, one line for each event.

    For people (key=value, coloured) when the stream is a terminal, JSON otherwise. Names and
    passwords inside URLs are masked in both, and what libraries repeat is left out (see `RateLimit`).
    May be called again; the last call counts.

    Args:
        level: debug, info, warning or error; quieter events are dropped.
        stream: Where to write. None: stderr as it is now, so that a library that swaps
            `sys.stderr` for its own log later (Faust does) makes no loop.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = logging.StreamHandler(target)
    handler.addFilter(RateLimit())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(target)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def mask(text: str) -> str:
    """`text` with the name and password of every URL in it replaced by `***`."""
    return USERINFO.sub(r"\g<scheme>***@", text)


def _rendering(target: TextIO) -> list[Processor]:
    """The last steps: tracebacks to text, secrets out, then one line."""
    masked: list[Processor] = [structlog.processors.format_exc_info, _mask_event]
    if target.isatty():
        return [*masked, _clean_event, structlog.dev.ConsoleRenderer(colors=True)]
    return [*masked, structlog.processors.JSONRenderer(_clean_json, default=str, ensure_ascii=False)]


def _clean_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Nothing in any text steers the terminal."""
    return {name: shown(value) if isinstance(value, str) else value for name, value in event.items()}


def _clean_json(event: EventDict, **how: Any) -> str:
    return shown_json(json.dumps(event, **how))


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask every text of the event, and shorten it; other values are rendered to text first when they are objects."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = mask(_short(value))
        elif not isinstance(value, (int, float, bool, type(None), list, dict)):
            event[name] = mask(_short(str(value)))
    return event


def _short(text: str) -> str:
    if len(text) <= MAX_LOGGED:
        return text
    half = MAX_LOGGED // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"
