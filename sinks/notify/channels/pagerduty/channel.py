"""The channel pagerduty."""

import re
from typing import Any, Final

from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.channels.keys import handle_of, keys_of
from sinks.notify.channels.pagerduty.payload import MAX_BODY, Action, action, change, event
from sinks.notify.channels.pagerduty.settings import PagerDutySettings
from sinks.notify.channels.service import Service, encoded, fields_of
from sinks.notify.channels.settings import ChannelMisconfigured, Ground
from sinks.notify.content import Content
from sinks.notify.notification import REPORTS
from sinks.protocol import Busy, Trouble

KEY: Final = re.compile(r"[A-Za-z0-9]{32}")
CHECK_KEY: Final = "check the routing key: that of an integration of the kind Events API v2"


class PagerDutyChannel:
    """Sends events to one service at PagerDuty; implements `sinks.notify.channels.contract.Channel`."""

    def __init__(self, settings: PagerDutySettings, ground: Ground) -> None:
        self._routing_key = settings.secret("routing_key", ground)
        if not KEY.fullmatch(self._routing_key):
            raise ChannelMisconfigured("the routing key has to be 32 letters and digits")
        self._source = settings.source
        self._service = Service("PagerDuty", settings.url, settings, ground, {401: CHECK_KEY, 403: CHECK_KEY})

    def send(self, content: Content, handle: str) -> Receipt:
        """See `Channel.send`. PagerDuty tells what belongs together by the keys that the handle holds."""
        if content.kind == "budget":
            return Receipt(self._ask(change(content, self._routing_key, self._source), "/v2/change/enqueue"))
        keys, what = keys_of(content, handle), action(content)
        receipt = self._ask(event(content, self._routing_key, self._source, keys.key))
        left = [key for key in keys.before if not self._ends(key, "resolve" if what == "trigger" else what)]
        return Receipt(receipt, handle_of(content, keys.key, left if what != "acknowledge" else keys.before))

    def _ends(self, key: str, what: Action) -> bool:
        """Whether what was open under another key hears of it; what does not is told with the next message."""
        try:
            self._ask({"routing_key": self._routing_key, "event_action": what, "dedup_key": key})
        except (Busy, Refused):
            return False
        return True

    def _ask(self, payload: dict[str, Any], path: str = "/v2/enqueue") -> str:
        body = encoded(payload)
        assert len(body) <= MAX_BODY
        answer = self._service.ask(body, {}, path)
        if answer.status == 400 and b"routing_key" in answer.body:
            # It would be the same for every message: the message is not to blame.
            raise Busy(Trouble.REFUSED, f"PagerDuty answered 400: {CHECK_KEY}")
        self._service.settle(answer)
        status = fields_of(answer).get("status")
        return f"{answer.status} success" if status == "success" else str(answer.status)

    def wants(self, content: Content) -> bool:
        """See `Channel.wants`. What is to be read has no place there; a word about a budget is a change, not an alert.

        A repeat is wanted: it calls again where somebody has resolved there what goes on.
        """
        return content.kind not in REPORTS and (bool(content.incidents) or content.kind == "budget")

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()


def opened(settings: PagerDutySettings, ground: Ground) -> Channel:
    """A channel to the settings' service."""
    return PagerDutyChannel(settings, ground)
