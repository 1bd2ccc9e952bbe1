"""A click on a button of a Slack message, and what it does.

Rules of the service: https://docs.slack.dev/interactivity/handling-user-interaction (a form with the field `payload`;
an answer of 200 within three seconds) and https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from hashlib import sha256
from typing import Annotated, Final
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from floodmark.gateway.integrations.asked import AskedAction, name_of
from schemas.action import MAX_PLACE
from schemas.codec import NOT_DECODED
from sinks.notify.channels.slack.payload import ACTIONS, LINKS

MAX_NAMED: Final = 100
"""A button never names more incidents: Slack's own limit on a value allows far fewer."""
Word = Annotated[str, Meta(max_length=300)]


class NotOurs(Exception):
    """The request is signed, but it is not a click on one of our buttons; the message says why."""


class _User(msgspec.Struct):
    id: Word
    username: Word = ""
    name: Word = ""


class _Team(msgspec.Struct):
    id: Word = ""


class _Button(msgspec.Struct):
    action_id: Word
    value: Annotated[str, Meta(max_length=4_000)] = ""
    action_ts: Word = ""


class _Payload(msgspec.Struct):
    type: Word
    user: _User
    team: _Team | None = None
    actions: Annotated[list[_Button], Meta(max_length=25)] = []


class _Value(msgspec.Struct):
    notification: Word
    incidents: Annotated[list[Word], Meta(max_length=MAX_NAMED)]


_payload: Final = msgspec.json.Decoder(_Payload).decode
_value: Final = msgspec.json.Decoder(_Value).decode


def asked(body: bytes) -> list[AskedAction]:
    """What a request asks for; nothing where a button leads somewhere.

    Raises:
        NotOurs: It is none that we know.
    """
    try:
        (text,) = parse_qs(body.decode("ascii"), max_num_fields=20)["payload"]
        payload = _payload(text.encode())
    except (KeyError, ValueError, *NOT_DECODED):
        raise NotOurs("the body is no form with one `payload` of a click") from None
    if payload.type != "block_actions":
        raise NotOurs("its type is not block_actions")
    return [made for button in payload.actions if (made := _asked(payload, button)) is not None]


def _asked(payload: _Payload, button: _Button) -> AskedAction | None:
    if button.action_id.startswith(LINKS):
        return None
    if button.action_id not in ACTIONS:
        raise NotOurs("no button of ours has this action_id")
    try:
        value = _value(button.value.encode())
    except NOT_DECODED:
        raise NotOurs("the value of the button is none of ours") from None
    user, team = payload.user, "" if payload.team is None else payload.team.id
    name = name_of(user.username, user.name, user.id)
    click = f"slack|{team}|{user.id}|{button.action_ts}|{button.action_id}"
    source = f"slack {name_of(team, '-')} {name_of(user.id)}"[:MAX_PLACE]
    made = AskedAction("acknowledge", name, source, sha256(click.encode()).hexdigest(), value.notification)
    if button.action_id == ACTIONS[0]:
        return made.of(value.incidents)
    if button.action_id == ACTIONS[1]:
        return made.of(value.incidents, kind="assign", assignee=name)
    # The verdict is about the incidents that the message showed, not about all that belong to the notification.
    return made.of(value.incidents, kind="feedback", verdict="false_positive", notification="")
