"""Runs a Faust app until the process is told to stop."""

import asyncio
import logging
from typing import Any, NoReturn

import faust
from aiokafka.errors import KafkaError

from processors.faustapp.turns import watched_loop
from runtime.exits import Exit, end
from runtime.garbage import Looks


class Worker(faust.Worker):  # type: ignore[misc]
    """Ends the process with a sentence when Kafka goes away while it starts, and Faust with it."""

    async def start(self) -> None:
        """Start the app and run until it has stopped."""
        try:
            await super().start()
        except (KafkaError, OSError) as error:
            _lost(error)
        if isinstance(self.crash_reason, KafkaError):
            _lost(self.crash_reason)


def start(app: Any) -> NoReturn:
    """Run the app; ends the process."""
    loop = watched_loop(app.metrics)
    Looks().begin(loop)
    asyncio.set_event_loop(loop)
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    Worker(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True).execute_from_commandline()
    raise SystemExit(Exit.FINE)


def _lost(error: BaseException) -> None:
    end(f"Kafka went away, or refuses this worker: {error}", Exit.AGAIN)
