"""The channel opsgenie."""

import re
from collections.abc import Iterable
from typing import Final

from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.channels.keys import handle_of, keys_of
from sinks.notify.channels.opsgenie.payload import Ask, asks, closing
from sinks.notify.channels.opsgenie.settings import OpsgenieSettings
from sinks.notify.channels.service import Service, encoded, fields_of
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.notify.notification import REPORTS
from sinks.protocol import Busy

ID: Final = re.compile(r"[0-9a-fA-F-]{1,64}")
UNKNOWN: Final = (404, 405)
"""The service does not know the request: not all take changes of an alert."""
CHECK_KEY: Final = "check the key: that of an integration of the kind API, which may create and update alerts"


class OpsgenieChannel:
    """Sends alerts to one integration; implements `sinks.notify.channels.contract.Channel`."""

    def __init__(self, settings: OpsgenieSettings, ground: Ground) -> None:
        self._headers = {"Authorization": f"GenieKey {settings.secret('api_key', ground)}"}
        self._responders = settings.responders
        self._service = Service("Opsgenie", settings.url, settings, ground, {401: CHECK_KEY, 403: CHECK_KEY})

    def send(self, content: Content, handle: str) -> Receipt:
        """See `Channel.send`. Opsgenie tells what belongs together by the aliases that the handle holds."""
        keys = keys_of(content, handle)
        receipt = self._ask(asks(content, self._responders, keys.key))
        if content.kind == "acknowledged":
            return Receipt(receipt, handle_of(content, keys.key, keys.before))
        left = [key for key in keys.before if not self._ends(content, key)]
        return Receipt(receipt, handle_of(content, keys.key, left))

    def _ends(self, content: Content, key: str) -> bool:
        """Whether what was open under another alias is closed; what is not is closed with the next message."""
        try:
            self._ask([closing(content, key)])
        except (Busy, Refused):
            return False
        return True

    def _ask(self, requests: Iterable[Ask]) -> str:
        said = ""
        for ask in requests:
            answer = self._service.ask(encoded(ask.body), self._headers, ask.path, ask.method)
            if ask.extra and answer.status in UNKNOWN:
                # People have been called by the request before: new words for the alert are not worth another call.
                continue
            self._service.settle(answer)
            request = str(fields_of(answer).get("requestId", ""))
            said = f"{answer.status} {request}" if ID.fullmatch(request) else str(answer.status)
        return said

    def wants(self, content: Content) -> bool:
        """See `Channel.wants`. What is to be read has no place there; a word about a budget is of the last rank.

        A repeat is wanted: it opens again what somebody has closed there while it goes on.
        """
        return content.kind not in REPORTS and (bool(content.incidents) or content.kind == "budget")

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()


def opened(settings: OpsgenieSettings, ground: Ground) -> Channel:
    """A channel to the settings' integration."""
    return OpsgenieChannel(settings, ground)
