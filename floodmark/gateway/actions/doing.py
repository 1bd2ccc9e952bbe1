"""Takes in what somebody wants to do about an incident, and waits until it shows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from floodmark.gateway.problems import Problem
from floodmark.gateway.state.incidents import Incident
from floodmark.gateway.state.view import View
from processors.domain.window import STREAM
from producers.errors import PublishError
from schemas.action import Action

SHOWS_WITHIN_S: Final = 3.0
"""How long is waited for the judge to say so."""
Send = Callable[[Action], Awaitable[None]]
"""Publishes an action; raises PublishError."""


class Doing:
    """Sends actions and looks what came of them.

    Args:
        view: What is known; tells when an action has come back from the topics.
        send: Publishes it.
        within_s: How long to wait until it shows.
    """

    def __init__(self, view: View, send: Send, within_s: float = SHOWS_WITHIN_S) -> None:
        self._view, self._send, self._within_s = view, send, within_s

    async def do(self, action: Action) -> bool:
        """Publish the action; whether it shows already. If not, it will: it is on the broker.

        Raises:
            Problem: The incident does not allow it, or the broker has not taken it.
        """
        incident = self._view.incidents.get(action.incident_id)
        if incident is None:
            raise Problem("no-such-incident", 404, "No incident of this id is known: `GET /v1/incidents` lists them.")
        if any(each.action_id == action.action_id for each in incident.actions):
            return True
        _refuse(incident, action)
        try:
            await self._send(action)
        except PublishError as error:
            raise Problem(
                "broker-away", 503, f"{error} It may count nevertheless: look at the incident before you try again.",
                {"Retry-After": "5"},
            ) from error  # fmt: skip
        return await self._shows(action)

    async def _shows(self, action: Action) -> bool:
        changed = asyncio.Event()
        unwatch = self._view.watch(changed.set)
        until = time.monotonic() + self._within_s
        try:
            while not self._is_there(action):
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                changed.clear()
                try:
                    async with asyncio.timeout(left_s):
                        await changed.wait()
                except TimeoutError:
                    continue
            return True
        finally:
            unwatch()

    def _is_there(self, action: Action) -> bool:
        incident = self._view.incidents.get(action.incident_id)
        if incident is None or all(each.action_id != action.action_id for each in incident.actions):
            return False
        return not is_owed(incident, action)


def is_owed(incident: Incident, action: Action) -> bool:
    """Whether the judge has still to say what was done: that somebody is on it, or not any more."""
    alert = incident.alert
    if alert.is_over or alert.dimension == STREAM:
        return False
    # One that was withdrawn and fires again has to be acknowledged again.
    if any(each.state == "firing" and each.revision > action.revision for each in incident.statements):
        return False
    if action.action == "acknowledge":
        return alert.acknowledged_by is None
    if action.action == "unacknowledge":
        return alert.acknowledged_at is not None and alert.acknowledged_at <= action.at
    return False


def _refuse(incident: Incident, action: Action) -> None:
    """What makes no sense now is refused, with a sentence.

    Raises:
        Problem: It makes none.
    """
    alert, kind = incident.alert, action.action
    if kind in ("acknowledge", "unacknowledge", "resolve") and not incident.is_open:
        raise Problem("not-open", 409, f"The incident is {incident.standing}: there is nothing to {kind}.")
    if kind in ("acknowledge", "unacknowledge") and alert.dimension == STREAM:
        raise Problem("not-open", 409, "It tells of the stream itself, once: it cannot be acknowledged.")
    if kind == "acknowledge" and alert.acknowledged_by not in (None, action.by):
        raise Problem("taken", 409, f"{alert.acknowledged_by} is on it already: take it back first, or comment.")
    if kind == "unacknowledge" and alert.acknowledged_by is None:
        raise Problem("not-open", 409, "Nobody is on it.")
