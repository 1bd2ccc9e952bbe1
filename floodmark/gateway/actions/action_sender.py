"""Publishes what somebody does about incidents, and waits until it shows."""

from collections.abc import Awaitable, Callable, Sequence

from floodmark.gateway.actions.publishing import judge_word, ms_of
from floodmark.gateway.actions.showing import SHOWS_WITHIN_S, shows
from floodmark.gateway.problems import Problem
from floodmark.gateway.state.incidents import KnownIncident
from floodmark.gateway.state.view import View
from processors.domain.judging.acknowledging import Acknowledgement, Release, counts
from processors.domain.judging.timeline_state import Acknowledged
from processors.domain.window import STREAM
from producers.errors import PublishError
from schemas.action import Action
from schemas.alert import Alert

Send = Callable[[Sequence[Action]], Awaitable[None]]
"""Publishes actions; raises PublishError."""


class ActionSender:
    """Sends actions and sees what comes of them.

    Args:
        view: What is known; tells when an action has come back from the topics.
        send: Publishes them.
        within_s: How long to wait until it shows.
    """

    def __init__(self, view: View, send: Send, within_s: float = SHOWS_WITHIN_S) -> None:
        self._view, self._send, self._within_s = view, send, within_s

    async def send(self, action: Action) -> bool:
        """Publish the action; whether it shows already. If not, it will: it is on the broker.

        Raises:
            Problem: The incident does not allow it, or the broker has not taken it.
        """
        if not self._is_news(action):
            return True
        await self._publish([action])
        return await shows(lambda: self._is_there(action), self._view.watch, self._within_s)

    async def send_all(self, actions: Sequence[Action]) -> list[Action]:
        """Publish those actions that are news and make sense as their incidents stand; these. Waits for no judge.

        Raises:
            Problem: The broker has not taken them.
        """
        wanted = [action for action in actions if self._makes_sense(action)]
        if wanted:
            await self._publish(wanted)
        return wanted

    def _is_news(self, action: Action) -> bool:
        """Whether it has to be done.

        Raises:
            Problem: The incident is not known, or does not allow it.
        """
        incident = self._view.incidents.get(action.incident_id)
        if incident is None:
            raise Problem("no-such-incident", 404, "No incident of this id is known: `GET /v1/incidents` lists them.")
        if any(each.action_id == action.action_id for each in incident.actions):
            return False
        _refuse(incident, action)
        return True

    def _makes_sense(self, action: Action) -> bool:
        try:
            return self._is_news(action)
        except Problem:
            return False

    async def _publish(self, actions: Sequence[Action]) -> None:
        try:
            await self._send(actions)
        except PublishError as error:
            raise Problem(
                "broker-away", 503, f"{error} It may count nevertheless: look at the incident before you try again.",
                {"Retry-After": "5"},
            ) from error  # fmt: skip

    def _is_there(self, action: Action) -> bool:
        incident = self._view.incidents.get(action.incident_id)
        if incident is None or all(each.action_id != action.action_id for each in incident.actions):
            return False
        return not is_owed(incident, action)


def is_owed(incident: KnownIncident, action: Action) -> bool:
    """Whether the judge has still to say what was done: that somebody is on it, or not any more."""
    alert = incident.alert
    if alert.is_over or alert.dimension == STREAM:
        return False
    # One that was withdrawn and fires again has to be acknowledged again.
    if any(each.state == "firing" and each.revision > action.revision for each in incident.statements):
        return False
    # That people are done with it shows without the judge.
    word, before = None if action.action == "resolve" else judge_word(action), taken_of(alert)
    if isinstance(word, Acknowledgement):
        return counts(word, before, alert.severity)
    return isinstance(word, Release) and before is not None and before.at_ms <= word.at_ms


def taken_of(alert: Alert) -> Acknowledged | None:
    """Who is on it, as the judge keeps it; None: nobody."""
    if alert.acknowledged_by is None or alert.acknowledged_at is None:
        return None
    return Acknowledged(
        alert.acknowledged_by,
        ms_of(alert.acknowledged_at),
        alert.acknowledged_severity or alert.severity,
        alert.acknowledged_note,
        None if alert.acknowledged_until is None else ms_of(alert.acknowledged_until),
        alert.acknowledged_channel,
    )


def _refuse(incident: KnownIncident, action: Action) -> None:
    """What makes no sense now is refused, with a sentence.

    Raises:
        Problem: It makes none.
    """
    alert, kind = incident.alert, action.action
    if kind in ("acknowledge", "assign", "unacknowledge", "resolve") and not incident.is_open:
        raise Problem("not-open", 409, f"The incident is {incident.standing}: there is nothing to {kind}.")
    if kind in ("acknowledge", "assign", "unacknowledge") and alert.dimension == STREAM:
        raise Problem("not-open", 409, "It tells of the stream itself, once: it cannot be acknowledged.")
    if kind == "acknowledge" and alert.acknowledged_by not in (None, action.by) and not is_owed(incident, action):
        raise Problem("taken", 409, f"{alert.acknowledged_by} is on it already: `assign` takes over, or comment.")
    if kind == "unacknowledge" and alert.acknowledged_by is None:
        raise Problem("not-open", 409, "Nobody is on it.")
