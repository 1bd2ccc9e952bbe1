"""The webhook against a real HTTP server."""

import io
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from runtime import logs
from schemas.alert import CloudEvent
from schemas.codec import decode
from sinks.http.signature import verify
from sinks.http.transport import Timeouts, Transport
from sinks.protocol import Busy, Trouble, UnreadableRecord
from sinks.webhook.destination import Webhook
from sinks.webhook.settings import WebhookSettings
from tests.sinks.http_kit import Receiver, Reply, receiving
from tests.sinks.sink_kit import AT_MS, Bench, alert, alert_at, plain

SECRET = b"hunter2-the-signing-secret"
NOW_S = 1_752_343_700.25


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def webhook(url: str, **changes: Any) -> Webhook:
    timeouts = changes.pop("timeouts", Timeouts())
    settings = WebhookSettings(
        url, (SECRET,), **{"allow_http": True, "allow_private": True, "timeouts": timeouts} | changes
    )
    return Webhook(settings, wall_s=lambda: NOW_S)


def write(channel: Webhook, *records: Any) -> int:
    """Send what the channel wants of these, one after the other; how many that were."""
    sent = 0
    try:
        for record in records:
            entry = channel.read(record)
            if entry is not None and channel.wants(entry):
                channel.send(entry)
                channel.sent(entry)
                sent += 1
    finally:
        channel.close()
    return sent


def test_the_body_is_the_envelope_byte_for_byte(receiver: Receiver) -> None:
    record = alert_at(1)
    assert write(webhook(receiver.url()), record) == 1
    (request,) = receiver.requests
    assert request.body == record.value
    assert request.path == "/hook"
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["idempotency-key"] == "incident-1:1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_a_receiver_can_verify_the_signature(receiver: Receiver) -> None:
    write(webhook(receiver.url()), alert_at(1))
    (request,) = receiver.requests
    header = request.headers["x-floodmark-signature"]
    assert verify(SECRET, header, request.body, NOW_S)
    assert not verify(b"another secret", header, request.body, NOW_S)


def test_without_a_secret_there_is_no_signature(receiver: Receiver) -> None:
    destination = Webhook(WebhookSettings(receiver.url(), allow_http=True, allow_private=True))
    write(destination, alert_at(1))
    assert "x-floodmark-signature" not in receiver.requests[0].headers


def test_what_is_old_says_so(receiver: Receiver) -> None:
    """The minute ended at 18:08; now it is 20:08."""
    destination = Webhook(
        WebhookSettings(receiver.url(), (SECRET,), allow_http=True, allow_private=True),
        wall_s=lambda: AT_MS / 1000 + 60 + 7200,
    )
    write(destination, alert_at(1))
    (request,) = receiver.requests
    assert request.headers["x-floodmark-age"] == "7200"
    told = decode(CloudEvent, request.body)
    assert told.data == alert(incident_id="incident-1", summary=f"2 h old: {alert().summary}")
    assert told.id == "incident-1:1"
    assert verify(SECRET, request.headers["x-floodmark-signature"], request.body, AT_MS / 1000 + 7260)


def test_what_is_not_old_has_no_age(receiver: Receiver) -> None:
    write(webhook(receiver.url()), alert_at(1))
    assert "x-floodmark-age" not in receiver.requests[0].headers


def test_requests_at_the_same_time_have_a_budget_each(receiver: Receiver) -> None:
    """Four meet at the receiver, through one transport; none has used up the time of another."""
    together = threading.Barrier(4)
    receiver.before_reply = lambda _handler: together.wait(120)
    destination = Webhook(WebhookSettings(receiver.url(), allow_http=True, allow_private=True))
    entries = [entry for n in range(4) if (entry := destination.read(alert_at(n))) is not None]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(destination.send, entries))
    destination.close()
    assert sorted(receiver.keys) == [f"incident-{n}:1" for n in range(4)]


def test_updates_that_are_no_news_are_not_sent(receiver: Receiver) -> None:
    same = {"incident_id": "a"}
    records = [
        alert_at(0, **same, severity="warning"),
        alert_at(1, **same, severity="warning", state="updated", revision=2),
        alert_at(2, **same, severity="critical", state="updated", revision=3),
        alert_at(3, **same, severity="critical", state="updated", revision=4),
        alert_at(4, **same, severity="critical", state="resolved", revision=5),
    ]
    assert write(webhook(receiver.url()), *records) == 3
    assert receiver.keys == ["a:1", "a:3", "a:5"]


def test_what_was_delivered_is_not_sent_again_when_its_record_comes_again(receiver: Receiver) -> None:
    bench = Bench([alert_at(n) for n in (0, 1, 0)], webhook(receiver.url()))
    receiver.replies = [Reply(), Reply(503), Reply(503), Reply()]
    bench.run()
    bench.destination.close()
    assert receiver.keys == ["incident-0:1", "incident-1:1", "incident-1:1", "incident-1:1"]
    assert bench.metric("sent_total") == 2


def test_a_redirect_is_not_followed_and_says_what_to_do(receiver: Receiver) -> None:
    receiver.answer = lambda _request: Reply(302, {"Location": receiver.url("/elsewhere")})
    with pytest.raises(Busy, match="redirects are not followed; give the URL") as told:
        write(webhook(receiver.url()), alert_at(1))
    assert told.value.trouble is Trouble.REFUSED
    assert [request.path for request in receiver.requests] == ["/hook"]


@pytest.mark.parametrize(
    ("reply", "trouble", "after_s"),
    [
        (Reply(429, {"Retry-After": "7"}), Trouble.THROTTLED, 7.0),
        (Reply(503, {"Retry-After": "Sat, 12 Jul 2025 18:10:20 GMT"}), Trouble.SERVER_ERROR, 119.75),
        (Reply(500), Trouble.SERVER_ERROR, None),
        (Reply(408), Trouble.TIMEOUT, None),
    ],
)
def test_a_busy_target_says_when_to_come_back(
    receiver: Receiver, reply: Reply, trouble: Trouble, after_s: float | None
) -> None:
    receiver.replies = [reply]
    with pytest.raises(Busy) as told:
        write(webhook(receiver.url()), alert_at(1))
    assert told.value.trouble is trouble
    assert told.value.retry_after_s == after_s


def test_nobody_there_is_busy() -> None:
    with pytest.raises(Busy) as told:
        write(webhook("http://127.0.0.1:1/hook"), alert_at(1))
    assert told.value.trouble is Trouble.UNREACHABLE


def test_a_host_without_a_name_is_busy() -> None:
    with pytest.raises(Busy) as told:
        write(webhook("http://nobody.invalid/hook"), alert_at(1))
    assert told.value.trouble is Trouble.UNREACHABLE


def test_an_answer_that_is_not_http_is_busy() -> None:
    with RawServer(b"hello\r\n", hangs_up=True) as port, pytest.raises(Busy) as told:
        write(webhook(f"http://127.0.0.1:{port}/hook"), alert_at(1))
    assert told.value.trouble is Trouble.UNREACHABLE


def test_silence_is_a_timeout() -> None:
    with RawServer(b"") as port, pytest.raises(Busy) as told:
        write(webhook(f"http://127.0.0.1:{port}/hook", timeouts=Timeouts(read_s=0.1)), alert_at(1))
    assert told.value.trouble is Trouble.TIMEOUT


def test_an_answer_in_drips_is_cut_off_by_the_overall_time() -> None:
    """Each drip comes long before the time to read one is over, and the answer would go on for minutes."""
    timeouts = Timeouts(read_s=60.0, overall_s=0.2)
    server = RawServer(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 30_000, drip_s=0.02)
    with server as port, pytest.raises(Busy) as told:
        write(webhook(f"http://127.0.0.1:{port}/hook", timeouts=timeouts), alert_at(1))
    assert told.value.trouble is Trouble.TIMEOUT
    assert not server.has_sent_all


def test_an_endless_body_is_not_read_and_the_status_counts() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n"
    with RawServer(head + b"x" * 300_000) as port:
        assert write(webhook(f"http://127.0.0.1:{port}/hook"), alert_at(1)) == 1


def test_a_body_that_stops_in_the_middle_does_not_undo_the_status() -> None:
    head = b"HTTP/1.1 204 No\r\nContent-Length: 10\r\n\r\nabc".replace(b"204 No", b"200 OK")
    with RawServer(head) as port:
        destination = webhook(f"http://127.0.0.1:{port}/hook", timeouts=Timeouts(read_s=3.0))
        assert write(destination, alert_at(1)) == 1


def test_a_private_address_is_refused_at_the_connection_and_nothing_is_sent(receiver: Receiver) -> None:
    destination = webhook(receiver.url(host="localhost"), allow_private=False)
    with pytest.raises(Busy) as told:
        write(destination, alert_at(1))
    assert told.value.trouble is Trouble.FORBIDDEN_ADDRESS
    assert receiver.requests == []


def test_a_name_that_changes_its_mind_is_refused(receiver: Receiver) -> None:
    """The first look-up (at the start) says public, the second (at the connection) says loopback."""
    answers = iter([["1.1.1.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"]])

    def rebinding(_host: str, _port: int) -> list[str]:
        return next(answers)

    url = receiver.url(host="rebind.example.com")
    WebhookSettings(url, allow_http=True).check(rebinding)
    transport = Transport(url, Timeouts(), allow_private=False, resolver=rebinding)
    destination = Webhook(WebhookSettings(url, allow_http=True), transport)
    for _ in range(2):
        with pytest.raises(Busy, match="private"):
            write(destination, alert_at(1))
    assert receiver.requests == []


def test_a_name_that_no_host_can_have_is_nobody_there(receiver: Receiver) -> None:
    url = receiver.url(host="a" * 64 + ".example.com")
    WebhookSettings(url, allow_http=True, allow_private=True).check()
    with pytest.raises(Busy, match="cannot be reached"):
        write(Webhook(WebhookSettings(url), Transport(url, Timeouts(), allow_private=True)), alert_at(1))


def test_the_next_address_is_tried_when_the_first_does_not_answer(receiver: Receiver) -> None:
    def two(_host: str, _port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    url = receiver.url(host="two.example.com")
    transport = Transport(url, Timeouts(), allow_private=True, resolver=two)
    assert write(Webhook(WebhookSettings(url), transport), alert_at(1)) == 1
    assert receiver.requests[0].headers["host"] == f"two.example.com:{receiver.port}"


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert write(webhook(receiver.url()), alert_at(1)) == 1


def test_a_server_without_a_trusted_certificate_gets_nothing(receiver: Receiver) -> None:
    """Plain HTTP behind an https URL: the handshake fails before anything is said."""
    with pytest.raises(Busy) as told:
        write(webhook(receiver.url().replace("http:", "https:")), alert_at(1))
    assert told.value.trouble is Trouble.UNREACHABLE
    assert receiver.requests == []


def test_certificates_are_checked_against_the_name_in_the_url() -> None:
    transport = Transport("https://example.com", Timeouts(), allow_private=False)
    context = transport._pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    transport.close()


def test_an_incident_id_that_would_break_the_header_is_unreadable() -> None:
    destination = webhook("https://hooks.example.com")
    with pytest.raises(UnreadableRecord, match="header"):
        destination.read(alert_at(1, incident_id="a\r\nX-Evil: 1"))
    with pytest.raises(UnreadableRecord, match="not an alert"):
        destination.read(plain(1, b"{}"))
    assert destination.read(plain(1, None)) is None
    destination.close()


@pytest.mark.usefixtures("restored_logging")
def test_no_secret_is_in_any_log_or_error(receiver: Receiver) -> None:
    """Everything that can go wrong goes wrong; then what was said is searched."""
    token = "T0KEN-in-the-path"
    out = io.StringIO()
    logs.configure("debug", stream=out)
    echo = token.encode() + SECRET
    statuses = (500, 429, 401, 302, 400, 204, 400, 204)
    receiver.replies = [Reply(status, body=b"" if status == 204 else echo) for status in statuses]
    said: list[str] = []
    for url in (
        receiver.url(f"/{token}?key={token}"),
        f"http://127.0.0.1:1/{token}",
        f"http://nobody.invalid/{token}",
        receiver.url(f"/{token}").replace("http:", "https:"),
    ):
        bench = Bench([*(alert_at(n) for n in range(3)), plain(3, b"{}")], webhook(url))
        retries = iter(range(1, 40))
        bench.source.on_hold = lambda bench=bench, retries=retries: next(retries, None) or bench.stop.set()
        bench.run()
        bench.destination.close()
        said += [detail for _, _, detail in bench.dead_letters.records]
        said.append(bench.loop.health.check()[1])
    assert receiver.replies == []
    text = out.getvalue() + "".join(said)
    assert "target_busy" in text
    assert "target_refuses" in text
    assert "record_put_aside" in text
    assert token not in text
    assert SECRET.decode() not in text


class RawServer:
    """Accepts one connection, reads what comes, sends these bytes and then nothing."""

    def __init__(self, answer: bytes, *, drip_s: float = 0.0, hangs_up: bool = False) -> None:
        self._answer, self._drip_s, self._hangs_up = answer, drip_s, hangs_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self.has_sent_all = False
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # it may wait for one that has never come
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(65_536)
            parts = [self._answer] if not self._drip_s else [bytes([b]) for b in self._answer]
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    return
                if self._over.wait(self._drip_s):
                    return
            self.has_sent_all = True
            if not self._hangs_up:
                self._over.wait(120)
