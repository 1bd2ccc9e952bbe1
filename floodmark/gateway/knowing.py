"""What a gateway knows and tells: reads the topics, the rules and the store, and sends what people do."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.actions.mending import EVERY_S, ended, owed
from floodmark.gateway.actions.publishing import publish, tell_judge
from floodmark.gateway.actions.silence_sender import SilenceSender
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.following import Following, TopicSource
from floodmark.gateway.state.judgements import Judgements
from floodmark.gateway.state.silences import FollowingSilences
from floodmark.gateway.taking_pulse import PulseTaker
from processors.domain.window import TimePolicy
from processors.rules.watch import RuleWatch
from producers.errors import PublishError
from runtime.minding import lasting, task
from runtime.numbers import percent
from schemas.action import Action
from schemas.alert import Alert
from schemas.severity import RANK
from sinks.notify.silence_topic import write
from sinks.notify.silences import Silence

log = structlog.get_logger(__name__)

LOOK_AT_RULES_S: Final = 2.0
SILENCED_WITHIN_S: Final = 10.0
"""The broker has so long to take a silence."""
HUSH_S: Final = 30.0
"""A broker that has said nothing for so long is told of."""


class Knowing:
    """Fills the parts that read and act; see the module.

    Args:
        source: Where the topics are.
        parts: Are given what is made.
        rules: Rule file; None: the default rules.
        policy: The times that the workers judge by.

    Raises:
        RuleError: The rules cannot be used.
    """

    def __init__(self, source: TopicSource, parts: GatewayParts, rules: Path | None, policy: TimePolicy) -> None:
        self._source, self._parts = source, parts
        self._watch = RuleWatch(rules)
        self.judged = Judgements(lambda: self._watch.rules, policy, self._open_alerts, parts.now_ms)
        told = parts.integrations.conversations if parts.integrations.are_on else None
        self._following = Following(source, parts.view, self.judged, parts.now_ms, told)
        self._pulse = PulseTaker(
            source.cluster, source.topics, parts.pulse, lambda: self._following.silent_s, parts.now_ms
        )
        self._ended = threading.Event()
        parts.rules = lambda: self._watch.rules
        parts.metrics.watch(parts.view, lambda: self._following.silent_s)
        parts.action_sender = ActionSender(parts.view, self._send)
        self._silences = FollowingSilences(source, parts.silenced)
        parts.silence_sender = SilenceSender(parts.silenced, self._silence)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read; called on the loop that answers."""
        self._following.start(loop)
        self._silences.start(loop)
        self._pulse.start()
        lasting(self._look_at_rules, "rules").start()
        task(self._mend(), "mending")

    def end(self) -> None:
        """The gateway ends: so do its streams."""
        self._parts.streams.end()

    def close(self) -> None:
        """Stop reading; not on the loop."""
        self._ended.set()
        self._pulse.close()
        self._following.close()
        self._silences.close()

    def healthy(self) -> tuple[bool, str]:
        """Whether the gateway is well, and why."""
        silent_s = self._following.silent_s
        if silent_s > HUSH_S:
            return False, f"the broker has not answered for {silent_s:.0f} s"
        if not self._parts.view.ready:
            return True, f"it is reading the topics: {percent(self._parts.view.progress)}"
        return True, "it reads the topics as they grow"

    def _open_alerts(self, scope: str) -> Sequence[Alert]:
        found = [each.alert for each in self._parts.view.incidents.open if each.alert.scope == scope]
        return sorted(found, key=lambda alert: (-RANK[alert.severity], -alert.score, alert.since, alert.incident_id))

    async def _send(self, actions: Sequence[Action]) -> None:
        source = self._source
        await asyncio.to_thread(publish, source.cluster, source.topics, self.judged.judges, actions)

    async def _silence(self, silence: Silence) -> None:
        source = self._source
        await asyncio.to_thread(write, source.cluster, source.topics.silences, silence, SILENCED_WITHIN_S)

    async def _mend(self) -> None:
        """Tell the judge now and then what it should have been told, and what has ended by itself."""
        source = self._source
        while True:
            await asyncio.sleep(EVERY_S)
            if not (self._parts.view.ready and self.judged.ready):
                continue
            incidents, now_ms = self._parts.view.incidents, self._parts.now_ms()
            again, over = list(owed(incidents, now_ms)), list(ended(incidents, now_ms))
            for action in again:
                log.warning("judge_told_again", incident=action.incident_id, action=action.action)
            try:
                await asyncio.to_thread(tell_judge, source.cluster, source.topics, self.judged.judges, again)
                if over:
                    await self._send(over)
            except PublishError as error:
                log.warning("judge_not_told", error=str(error))

    def _look_at_rules(self) -> None:
        while not self._ended.wait(LOOK_AT_RULES_S):
            found = self._watch.look()
            if found is not None:
                log.info("rules_read", version=self._watch.rules.version, trouble=self._watch.trouble)
