"""Publishes what people ask for through other services, in the time that these wait for an answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.integrations.asked import AskedAction
from floodmark.gateway.integrations.conversations import Conversations
from floodmark.gateway.integrations.settings import IntegrationSettings
from floodmark.gateway.problems import Problem
from floodmark.gateway.state.incidents import KnownIncident
from floodmark.gateway.state.view import View
from schemas.action import Action

log = structlog.get_logger(__name__)

WITHIN_S: Final = 2.5
"""Slack waits for three seconds, PagerDuty for five."""


@dataclass(frozen=True, slots=True)
class Integrations:
    """Which services answer, and what is known of the conversations with them.

    Args:
        slack: Secrets of the Slack app; none: it is not answered.
        pagerduty: Secrets of PagerDuty's subscriptions; none: they are not answered.
        conversations: The incidents of each notification.
        within_s: How long a service waits for its answer, in seconds.
    """

    slack: tuple[bytes, ...] = field(default=(), repr=False)
    pagerduty: tuple[bytes, ...] = field(default=(), repr=False)
    conversations: Conversations = field(default_factory=Conversations)
    within_s: float = WITHIN_S

    @property
    def are_on(self) -> bool:
        """Whether any service is answered."""
        return bool(self.slack or self.pagerduty)


def integrations_of(settings: IntegrationSettings) -> Integrations:
    """Those that the settings name; raises `Misused`."""
    return Integrations(settings.secrets("slack"), settings.secrets("pagerduty"))


class Answering:
    """See the module.

    Args:
        integrations: What is known of the services.
        view: What is known of incidents.
        sender: Sends actions.
    """

    def __init__(self, integrations: Integrations, view: View, sender: ActionSender) -> None:
        self._integrations, self._view, self._sender = integrations, view, sender

    async def publish(self, asked: Sequence[AskedAction], now: datetime) -> int:
        """Publish what is asked for, as far as it is news and makes sense; about how many incidents it was.

        Raises:
            Problem: The broker has not taken it, or not in time: then it may count nevertheless.
        """
        actions = [action for each in asked for action in each.actions(self._incidents(each), now)]
        work = asyncio.ensure_future(self._sender.send_all(actions))
        done, _ = await asyncio.wait({work}, timeout=self._integrations.within_s)
        if not done:
            work.add_done_callback(_note_late)
            raise Problem(
                "broker-away", 503, "The broker takes longer than this answer may; it may count nevertheless.",
                {"Retry-After": "5"},
            )  # fmt: skip
        return len(work.result())

    def _incidents(self, asked: AskedAction) -> list[KnownIncident]:
        """Those that are named, and the open ones of the same notification."""
        known = self._view.incidents
        named = [found for name in dict.fromkeys(asked.incidents) if (found := known.get(name)) is not None]
        ids = {incident.id for incident in named}
        others = (known.get(name) for name in self._integrations.conversations.incidents(asked.notification))
        return [*named, *(each for each in others if each is not None and each.is_open and each.id not in ids)]


def _note_late(work: "asyncio.Future[list[Action]]") -> None:
    if not work.cancelled() and (error := work.exception()) is not None:
        log.warning("answer_not_published", error=str(error))
