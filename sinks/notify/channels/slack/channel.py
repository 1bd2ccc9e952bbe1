"""The channel slack."""

import re
from typing import Any, Final

from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.channels.service import Service, encoded, fields_of
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.channels.slack.answers import ADVICE, FROZEN, GONE, OF_THE_MESSAGE, PASSING
from sinks.notify.channels.slack.payload import message, reply
from sinks.notify.channels.slack.settings import SlackSettings
from sinks.notify.content import Content
from sinks.protocol import Busy, Trouble

WORD: Final = re.compile(r"[a-z_]{1,60}")
HANDLE: Final = re.compile(r"([A-Z0-9]{2,40}):([0-9.]{1,40})")


class SlackChannel:
    """Posts to one Slack channel; implements `sinks.notify.channels.contract.Channel`. The handle is `<id>:<ts>`."""

    def __init__(self, settings: SlackSettings, ground: Ground) -> None:
        token = settings.secret("token", ground)
        if not token.startswith("xoxb-"):
            raise ChannelMisconfigured("the token has to be an app's bot token, which begins with xoxb-")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._channel = settings.channel
        self._buttons = settings.buttons
        self._service = Service("Slack", settings.url, settings, ground)

    def send(self, content: Content, handle: str) -> Receipt:
        """See `Channel.send`. A first message whose receipt was lost is posted twice: Slack knows no key for that."""
        now = message(content, buttons=self._buttons)
        found = HANDLE.fullmatch(handle)
        if found is None:
            return self._post(now)
        place = {"channel": found[1], "ts": found[2]}
        error = self._call("/chat.update", now | place, GONE | FROZEN)
        if error.get("error") in GONE:
            return self._post(now)
        self._call("/chat.postMessage", reply(content) | {"channel": found[1], "thread_ts": found[2]})
        return Receipt(f"200 {'replied' if error.get('error') else 'changed'}", handle)

    def wants(self, _content: Content) -> bool:
        """See `Channel.wants`: all that is said."""
        return True

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()

    def _post(self, now: dict[str, Any]) -> Receipt:
        fields = {"channel": self._channel, "unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
        answer = self._call("/chat.postMessage", now | fields)
        handle = f"{answer.get('channel')}:{answer.get('ts')}"
        return Receipt("200 posted", handle if HANDLE.fullmatch(handle) else "")

    def _call(self, path: str, payload: dict[str, Any], expected: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What Slack answers where it says ok, or an error that is expected; raises `Refused` and `Busy`."""
        answer = self._service.ask(encoded(payload), self._headers, path)
        self._service.settle(answer)
        fields = fields_of(answer)
        if fields.get("ok") is True:
            return fields
        said = fields.get("error")
        error = said if isinstance(said, str) and WORD.fullmatch(said) else "something unknown"
        if error in expected:
            return fields
        if error in OF_THE_MESSAGE:
            raise Refused(f"Slack answered {error}")
        if error in PASSING:
            raise Busy(PASSING[error], f"Slack answered {error}", self._service.wait_s(answer))
        if not fields:
            raise Busy(Trouble.SERVER_ERROR, "Slack did not answer as Slack does; check the url of its [[channel]]")
        advice = ADVICE.get(error, "look it up in Slack's list of errors of chat.postMessage")
        raise Busy(Trouble.REFUSED, f"Slack answered {error}: {advice}")


def opened(settings: SlackSettings, ground: Ground) -> Channel:
    """A channel to the settings' Slack channel."""
    return SlackChannel(settings, ground)
