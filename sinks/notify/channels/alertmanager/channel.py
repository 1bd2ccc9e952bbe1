"""The channel alertmanager."""

from typing import Final

from sinks.notify.channels.alertmanager.payload import alert
from sinks.notify.channels.alertmanager.settings import AlertmanagerSettings
from sinks.notify.channels.contract import Channel, Receipt
from sinks.notify.channels.service import Service, encoded
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.notify.notification import REPORTS

ADVICE: Final = {
    401: "check authorization_file or authorization_variable",
    403: "check authorization_file or authorization_variable",
    404: "check the url of its [[channel]]: it is without /api/v2, and with the prefix that Alertmanager has, if any",
}


class AlertmanagerChannel:
    """Sends alerts to one Alertmanager; implements `sinks.notify.channels.contract.Channel`."""

    def __init__(self, settings: AlertmanagerSettings, ground: Ground) -> None:
        authorization = settings.secret("authorization", ground)
        self._headers = {"Authorization": authorization} if authorization else {}
        self._labels = settings.labels
        self._expires_after = settings.expires_after
        self._service = Service("Alertmanager", settings.url, settings, ground, ADVICE)

    def send(self, content: Content, _handle: str) -> Receipt:
        """See `Channel.send`. Alertmanager tells what belongs together by the alert's labels."""
        body = encoded([alert(content, self._labels, self._expires_after)])
        answer = self._service.ask(body, self._headers, "/api/v2/alerts")
        self._service.settle(answer)
        return Receipt(str(answer.status))

    def wants(self, content: Content) -> bool:
        """See `Channel.wants`. What is to be read has no place there; a word about a budget has a name of its own.

        A repeat is wanted: it keeps the alert from ending there.
        """
        return content.kind not in REPORTS and (bool(content.incidents) or content.kind == "budget")

    def close(self) -> None:
        """See `Channel.close`."""
        self._service.close()


def opened(settings: AlertmanagerSettings, ground: Ground) -> Channel:
    """A channel to the settings' Alertmanager."""
    return AlertmanagerChannel(settings, ground)
