"""A sensor that remembers a failed send, which Faust only warns of."""

from collections.abc import Callable
from typing import Any

import faust
from faust.types.transports import ProducerT

from processors.faustapp.transport import GuardedProducer


class SendGuard(faust.Sensor):
    """Tells the producer and the app of the first send that failed."""

    def __init__(self, on_failure: Callable[[BaseException], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._on_failure = on_failure

    def on_send_error(self, producer: ProducerT, exc: BaseException, state: Any) -> None:
        """Called by Faust for each send that failed."""
        if isinstance(producer, GuardedProducer) and producer.failure is None:
            producer.failure = exc
        self._on_failure(exc)
