"""The channel webhook."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from sinks.alert_record import alert_in
from sinks.delivery.channel import Rejected
from sinks.http import signature
from sinks.http.asking import asked, settled
from sinks.http.transport import Answer, Transport
from sinks.protocol import Entry, Record, UnreadableRecord
from sinks.webhook.advice import advice
from sinks.webhook.message import Message, age_s, aged, summed_up
from sinks.webhook.selection import Selection
from sinks.webhook.settings import WebhookSettings

KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
"""What an idempotency key may look like: it becomes a header."""
MAX_KEYS: Final = 10_000
AGE: Final = "X-Floodmark-Age"
"""The header that says how old is what is delivered late, in seconds."""


class Posts(Protocol):
    """What sends one request; see `Transport`."""

    def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Send it and return the answer; called from several threads."""

    def close(self) -> None:
        """Close the connections."""


class Webhook:
    """Posts alerts to one URL; implements `sinks.delivery.channel.Channel`, a lane for each incident.

    Args:
        settings: Which URL, and how; checked before.
        transport: Sends; none: a real one.
        wall_s: Epoch seconds, for signatures, dates and ages.
    """

    name = "webhook"

    def __init__(
        self,
        settings: WebhookSettings,
        transport: Posts | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.terms = settings.terms
        self._secrets = settings.secrets
        self._transport: Posts = transport or Transport(
            settings.url, settings.timeouts, allow_private=settings.allow_private, connections=self.terms.at_once
        )
        self._selection = Selection(all_states=settings.all_states)
        self._wall_s = wall_s
        self._delivered: OrderedDict[str, None] = OrderedDict()

    def read(self, record: Record) -> Entry[Message] | None:
        """See `Channel.read`."""
        alert = alert_in(record)
        if record.value is None or alert is None:
            return None
        key = f"{alert.incident_id}:{alert.revision}"
        if not KEY.fullmatch(key):
            raise UnreadableRecord("incident_id has characters that cannot be in a header")
        return Entry(record, Message(record.value, key, alert), int(alert.timestamp.timestamp() * 1000))

    def lane(self, entry: Entry[Message]) -> str:
        """See `Channel.lane`: the incident."""
        return entry.data.key.rpartition(":")[0]

    def begins(self, entry: Entry[Message]) -> bool:
        """See `Channel.begins`."""
        return entry.data.alert is not None and entry.data.alert.revision == 1

    def ends(self, entry: Entry[Message]) -> bool:
        """See `Channel.ends`."""
        return entry.data.alert is not None and entry.data.alert.is_over

    def wants(self, entry: Entry[Message]) -> bool:
        """See `Channel.wants`. What was delivered is not sent again when its record comes again."""
        alert = entry.data.alert
        return entry.data.key not in self._delivered and (alert is None or self._selection.wants(alert))

    def send(self, entry: Entry[Message]) -> None:
        """See `Channel.send`."""
        now = datetime.fromtimestamp(self._wall_s(), UTC)
        settled(self._post(entry.data), "the webhook", now, advice, Rejected)

    def sent(self, entry: Entry[Message]) -> None:
        """See `Channel.sent`."""
        if entry.data.alert is not None:
            self._selection.sent(entry.data.alert)
        self._delivered[entry.data.key] = None
        if len(self._delivered) > MAX_KEYS:
            self._delivered.popitem(last=False)

    def summary(self, over: Sequence[Entry[Message]]) -> Message:
        """See `Channel.summary`."""
        first, last = over[0].record, over[-1].record
        key = f"summary:{first.partition.number}/{first.offset}-{last.partition.number}/{last.offset}"
        return summed_up([entry.data.alert for entry in over if entry.data.alert is not None], key)

    def close(self) -> None:
        """See `Channel.close`."""
        self._transport.close()

    def _post(self, message: Message) -> Answer:
        body, headers = self._request(message)
        return asked("the webhook", "--allow-private", lambda: self._transport.post(body, headers))

    def _request(self, message: Message) -> tuple[bytes, dict[str, str]]:
        body = message.body
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "floodmark",
            "Idempotency-Key": message.key,
        }
        if message.alert is not None and (age := age_s(message.alert, self._wall_s())) > self.terms.old_s:
            body = aged(message.alert, age)
            headers[AGE] = str(int(age))
        if self._secrets:
            headers[signature.HEADER] = signature.sign(self._secrets, body, int(self._wall_s()))
        return body, headers
