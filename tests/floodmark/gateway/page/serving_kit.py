"""The gateway as it is, on a port, with what it knows from topics put in by hand."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.actions.silence_sender import SilenceSender
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.server import listening, url_of
from floodmark.gateway.state.build import new_view
from floodmark.gateway.state.view import TopicRecord
from runtime.ports import free_ports
from schemas.action import Action
from schemas.alert import Alert
from schemas.codec import action_record, alert_record
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from sinks.notify.silences import Silence
from tests.floodmark.gateway.page.traffic_kit import Judged

MINUTES, ALERTS, COMMANDS, RECEIPTS = ("minutes", 0), ("alerts", 0), ("commands", 0), ("receipts", 0)
"""Topic and partition."""


class Gateway:
    """One gateway; it can be stopped, and started anew on the same port with the same topics.

    Args:
        judged: What the topics hold.
        now_ms: What time it is when it begins, epoch milliseconds; the clock goes on from there.
        ready: Whether it has read the topics.
        is_still: Whether the clock stands instead: numbers that are only looked at stay new, however long that takes.
    """

    def __init__(self, judged: Judged, now_ms: int, *, ready: bool = True, is_still: bool = False) -> None:
        self._minutes, self._alerts = list(judged.minutes), [alert_record(each)[1] for each in judged.alerts]
        self._commands: list[bytes] = []
        self._receipts: list[bytes] = []
        self._silences: list[Silence] = []
        self._began, self._now_ms, self._ready = time.monotonic(), now_ms, ready
        self._is_still = is_still
        # A client of anybody may have one of the other range when it is to be started again.
        (self._port,) = free_ports(1)
        self.url = ""
        self.start()

    def now_ms(self) -> int:
        """The gateway's clock."""
        passed_s = 0.0 if self._is_still else time.monotonic() - self._began
        return self._now_ms + int(1000 * passed_s)

    def start(self) -> None:
        """Listen, on the port of before."""
        self.parts = GatewayParts(now_ms=self.now_ms, view=new_view(self.now_ms))
        view = self.parts.view
        for topic, partition in (MINUTES, ALERTS, COMMANDS, RECEIPTS):
            view.begin(topic, partition, 0)
        view.take(TopicRecord(*MINUTES, n, value, self.now_ms()) for n, value in enumerate(self._minutes))
        view.take(TopicRecord(*ALERTS, n, value, self.now_ms()) for n, value in enumerate(self._alerts))
        view.take(TopicRecord(*COMMANDS, n, value, self.now_ms()) for n, value in enumerate(self._commands))
        view.take(TopicRecord(*RECEIPTS, n, value, self.now_ms()) for n, value in enumerate(self._receipts))
        view.ready = self._ready
        self.parts.action_sender = ActionSender(view, self._send)
        self.parts.silence_sender = SilenceSender(self.parts.silenced, self._silence)
        self.parts.silenced.ready = True
        for silence in self._silences:
            self.parts.silenced.ask(silence)
        listener = listening("127.0.0.1", self._port)
        self.url = url_of(listener)
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(
            build(self.parts), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)

        def serve() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._server.serve([listener]))

        self._thread = threading.Thread(target=serve, name="gateway")
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop, as a restart does: streams end."""
        self._loop.call_soon_threadsafe(self.parts.streams.end)
        self._server.should_exit = True
        self._thread.join(120)
        assert not self._thread.is_alive()
        self._loop.close()

    async def _send(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self._say(action)

    def _say(self, action: Action) -> None:
        """Put it on the topic of commands; of an acknowledgement the judge says so, as it does on its own topic."""
        raw = action_record(action)[1]
        self._commands.append(raw)
        self.parts.view.take([TopicRecord(*COMMANDS, len(self._commands) - 1, raw, self.now_ms())])
        incident = self.parts.view.incidents.get(action.incident_id)
        if action.action not in ("acknowledge", "assign", "unacknowledge") or incident is None:
            return
        is_taken = action.action != "unacknowledge"
        said = incident.alert.model_copy(
            update={
                "state": "acknowledged" if is_taken else "updated",
                "acknowledged_by": (action.assignee or action.by) if is_taken else None,
                "acknowledged_until": action.until if is_taken else None,
                "acknowledged_at": action.at if is_taken else None,
                "acknowledged_note": action.note if is_taken else "",
                "revision": incident.alert.revision + 1,
                "version": incident.alert.version + 1,
            }
        )
        self._alerts.append(alert_record(said)[1])
        self.parts.view.take([TopicRecord(*ALERTS, len(self._alerts) - 1, self._alerts[-1], self.now_ms())])

    async def _silence(self, silence: Silence) -> None:
        """Put it on its topic."""
        self._silences.append(silence)
        self.parts.silenced.ask(silence)
        self.parts.silenced.wake()

    def hide(self, silence: Silence) -> None:
        """The notifier has taken it up, and knows what it hides."""
        self.parts.silenced.know(silence)

    def become_ready(self) -> None:
        """All that was in the topics is in."""
        self._ready = True
        self._loop.call_soon_threadsafe(setattr, self.parts.view, "ready", True)

    def tell_of(self, told: DeliveryReceipt) -> None:
        """A message to people has come to something."""
        self._receipts.append(receipt_bytes(told))
        record = TopicRecord(*RECEIPTS, len(self._receipts) - 1, self._receipts[-1], self.now_ms())
        self._loop.call_soon_threadsafe(self.parts.view.take, [record])

    def tell(self, minutes: Sequence[bytes] = (), alerts: Sequence[Alert] = ()) -> None:
        """What comes on the topics now."""
        values = [alert_record(each)[1] for each in alerts]
        records = [TopicRecord(*MINUTES, len(self._minutes) + n, raw, self.now_ms()) for n, raw in enumerate(minutes)]
        records += [TopicRecord(*ALERTS, len(self._alerts) + n, raw, self.now_ms()) for n, raw in enumerate(values)]
        self._minutes += minutes
        self._alerts += values
        self._loop.call_soon_threadsafe(self.parts.view.take, records)


@contextmanager
def gateway(judged: Judged, now_ms: int, *, ready: bool = True, is_still: bool = False) -> Iterator[Gateway]:
    """A gateway for the length of the block."""
    made = Gateway(judged, now_ms, ready=ready, is_still=is_still)
    try:
        yield made
    finally:
        made.stop()
