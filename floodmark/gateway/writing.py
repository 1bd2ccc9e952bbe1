"""What a gateway writes and whose requests it answers: begun beside the serving, as soon as the broker answers."""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from floodmark.gateway.ingest.settings import IngestSettings
from floodmark.gateway.ingest.wiring import Opened, PostTarget, opened
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.security.key_topic import KeyTopic
from floodmark.gateway.verdicts import JudgedState
from runtime.kafka.errors import BrokerError
from runtime.kafka.topics import ensure_topics
from runtime.minding import thread

log = structlog.get_logger(__name__)

Made = TypeVar("Made")

AGAIN_S: Final = 2.0
"""How long it waits before it asks a broker again that does not answer."""


class Writing:
    """Gives the parts their intake, and the keys, from a thread of its own; tries until the broker answers.

    Args:
        target: Where posts go.
        settings: How.
        parts: Are given what is made.
        name: Of this gateway, and of no other one.
        judged: The state that verdicts are made of; None: there are none.
    """

    def __init__(
        self, target: PostTarget, settings: IngestSettings, parts: GatewayParts, name: str, judged: JudgedState | None
    ) -> None:
        self._target, self._settings, self._parts = target, settings, parts
        self._name, self._judged = name, judged
        self._ended = threading.Event()
        self._keys: KeyTopic | None = None
        self._opened: Opened | None = None
        parts.ring.is_whole = False
        self._thread = thread(self._begin, "gateway writing")
        self._thread.start()

    def close(self) -> None:
        """Finish what is under way, then stop."""
        self._ended.set()
        self._thread.join()
        for close in (self._opened and self._opened.close, self._keys and self._keys.close):
            if close:
                close()

    def _begin(self) -> None:
        self._keys = self._tried(self._follow_keys)
        self._opened = self._tried(lambda: opened(self._target, self._settings, self._name, self._judged))
        if self._opened is not None:
            self._parts.intake = self._opened.intake

    def _follow_keys(self) -> KeyTopic:
        target, topic = self._target, self._target.topics.api_keys
        specs = [spec for spec in target.topics.specs(1) if spec.name == topic]
        ensure_topics(target.cluster, specs, replication=target.replication, within_s=target.within_s)
        return KeyTopic(target.cluster, target.topics, self._parts.ring)

    def _tried(self, make: Callable[[], Made]) -> Made | None:
        """What is made; None when it has ended before."""
        while not self._ended.is_set():
            try:
                return make()
            except BrokerError as error:
                log.warning("gateway_waits_for_kafka", error=str(error))
                self._ended.wait(AGAIN_S)
        return None
