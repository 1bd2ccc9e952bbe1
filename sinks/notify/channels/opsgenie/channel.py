"""The channel opsgenie."""

import re
from typing import Final

from sinks.notify.channels.contract import Channel, Receipt
from sinks.notify.channels.opsgenie.payload import asks
from sinks.notify.channels.opsgenie.settings import OpsgenieSettings
from sinks.notify.channels.service import Service, encoded, fields_of
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.notify.notification import REPORTS

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

    def send(self, content: Content, _handle: str) -> Receipt:
        """See `Channel.send`. Opsgenie tells what belongs together by the notification's id."""
        receipt = Receipt("")
        for ask in asks(content, self._responders):
            answer = self._service.ask(encoded(ask.body), self._headers, ask.path, ask.method)
            if ask.extra and answer.status in UNKNOWN:
                # People have been called by the request before: new words for the alert are not worth another call.
                continue
            self._service.settle(answer)
            request = str(fields_of(answer).get("requestId", ""))
            receipt = Receipt(f"{answer.status} {request}" if ID.fullmatch(request) else str(answer.status))
        return receipt

    def wants(self, content: Content) -> bool:
        """See `Channel.wants`. A repeat too: it opens again what somebody has closed there while it goes on."""
        return content.kind not in REPORTS

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()


def opened(settings: OpsgenieSettings, ground: Ground) -> Channel:
    """A channel to the settings' integration."""
    return OpsgenieChannel(settings, ground)
