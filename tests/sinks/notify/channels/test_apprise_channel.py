"""Apprise: e-mail to a real SMTP server over TLS, and HTTP targets to a stub."""

import gzip
import io
import json
import logging
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from runtime.ports import free_ports
from sinks.notify.channels.apprise import bounded
from sinks.notify.channels.apprise.bounded import MAX_BODY, MAX_LINES
from sinks.notify.channels.contract import Channel, Refused
from sinks.notify.channels.settings import ChannelMisconfigured
from sinks.protocol import Busy, Trouble
from tests.paths import ROOT
from tests.runtime.kafka.certificates import Certificates, make_certificates
from tests.sinks.http_kit import Reply
from tests.sinks.notify.channels.kit import HOSTILE, dripping, hostile, opened, said, stub, texts

PASSWORD = "hunter2"


@dataclass
class Mailbox:
    """What the server has taken, and over what."""

    mails: list[Message] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        assert session.ssl is not None
        self.mails.append(message_from_bytes(envelope.content))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


def authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"floodmark", PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@contextmanager
def serving(certificates: Certificates) -> Iterator[Mailbox]:
    """A mail server that takes mail over TLS alone, and after a login."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.folder / "server.pem", certificates.key("server"))
    mailbox = Mailbox(port=free_ports(1)[0])
    controller = Controller(
        mailbox,
        ready_timeout=120,
        hostname="127.0.0.1",
        port=mailbox.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        auth_require_tls=True,
        authenticator=authenticated,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def mailbox(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    with serving(certificates) as served:
        yield served


def mail(mailbox: Mailbox, password: str = PASSWORD, more: str = "") -> Channel:
    place = f"floodmark:{password}@127.0.0.1:{mailbox.port}"
    url = f"mailtos://{place}?from=floodmark@example.com&to=oncall@example.com&mode=starttls{more}"
    return opened("apprise", {"URL": url}, url_variable="URL")


def text(sent: Message) -> str:
    payload = sent.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_an_e_mail_goes_over_tls_and_says_it_all(mailbox: Mailbox) -> None:
    assert mail(mailbox).send(said(scope="shop", loss=120), "").answer == "taken, as apprise says"
    (sent,) = mailbox.mails
    assert mailbox.envelopes == [("floodmark@example.com", ["oncall@example.com"])]
    assert str(make_header(decode_header(str(sent["Subject"])))) == "Critical: denied of shop"
    assert text(sent).replace("\r\n", "\n").rstrip() == (
        "denied of shop: Denied rose.\nSince: 2026-01-07 12:00 UTC\nLost: 120 transactions\n"
        "Look at it: https://fm.example/incidents/incident-0"
    )


def test_no_word_becomes_html_a_header_or_a_recipient(mailbox: Mailbox) -> None:
    channel = mail(mailbox)
    for words in HOSTILE:
        channel.send(hostile(words), "")
    assert len(mailbox.mails) == len(HOSTILE)
    for sent, envelope in zip(mailbox.mails, mailbox.envelopes, strict=True):
        assert envelope == ("floodmark@example.com", ["oncall@example.com"])
        assert sent.get_content_type() == "text/plain"
        assert sent["Bcc"] is None
        assert len(sent.get_all("Subject") or []) == 1


def test_a_certificate_of_another_authority_is_not_accepted(
    certificates: Certificates, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.other))
    with pytest.raises(Busy, match="certificate is not accepted") as caught:
        mail(mailbox).send(said(), "")
    assert caught.value.trouble is Trouble.REFUSED
    assert mailbox.mails == []


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the process writes into its log, at its finest."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_wrong_password_is_for_somebody_to_mend_and_is_seen_nowhere(mailbox: Mailbox, log: io.StringIO) -> None:
    with pytest.raises(Busy, match="the mail server answered 535") as caught:
        mail(mailbox, "wrong-hunter3").send(said(), "")
    assert caught.value.trouble is Trouble.REFUSED
    assert "hunter3" not in log.getvalue() + repr(caught.value)
    assert "Socket Exception" not in log.getvalue()


def test_the_path_of_a_target_is_seen_nowhere(log: io.StringIO) -> None:
    with stub(lambda _request: Reply(403)) as receiver:
        channel = opened("apprise", {"URL": f"json://127.0.0.1:{receiver.port}/hunter2"}, url_variable="URL")
        with pytest.raises(Busy, match="check what its URL says"):
            channel.send(said(), "")
    assert [request.path for request in receiver.requests] == ["/hunter2"]
    assert "hunter2" not in log.getvalue() + repr(channel)


def test_nobody_there_is_no_loss(certificates: Certificates) -> None:
    with serving(certificates) as gone:
        pass
    with pytest.raises(Busy, match="was not taken") as caught:
        mail(gone).send(said(), "")
    assert caught.value.trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "trouble"), [(401, Trouble.REFUSED), (404, Trouble.REFUSED), (429, Trouble.THROTTLED), (503, None)]
)
def test_the_status_of_an_http_target_is_heard(status: int, trouble: Trouble | None) -> None:
    with stub(lambda _request: Reply(status)) as receiver:
        channel = opened("apprise", {"URL": f"json://127.0.0.1:{receiver.port}/hunter2"}, url_variable="URL")
        with pytest.raises(Busy, match=f"answered {status}") as caught:
            channel.send(said(), "")
    assert caught.value.trouble is (trouble or Trouble.SERVER_ERROR)
    assert "hunter2" not in str(caught.value)


def test_what_a_target_refuses_as_it_is_is_not_tried_for_ever() -> None:
    with stub(lambda _request: Reply(400)) as receiver:
        channel = opened("apprise", {"URL": f"json://127.0.0.1:{receiver.port}/"}, url_variable="URL")
        with pytest.raises(Refused, match="answered 400"):
            channel.send(said(), "")


def test_a_redirect_is_followed_nowhere_and_is_no_receipt() -> None:
    with stub(
        lambda request: Reply(302, {"Location": "/elsewhere"}) if request.path == "/" else Reply(200)
    ) as receiver:
        channel = opened("apprise", {"URL": f"json://127.0.0.1:{receiver.port}/"}, url_variable="URL")
        with pytest.raises(Busy, match="answered 302") as caught:
            channel.send(said(), "")
    assert caught.value.trouble is Trouble.REFUSED
    assert [request.path for request in receiver.requests] == ["/"]


def read_of(answer: Reply, endless: bytes = b"") -> int:
    """Send to a target that answers so, and goes on for as long as somebody listens; how much of it was kept."""
    kept: list[int] = []

    def go_on(handler: BaseHTTPRequestHandler, _reply: Reply) -> None:
        with suppress(OSError):
            while endless:
                handler.wfile.write(endless)

    def keep(response: requests.Response, **_asked: Any) -> None:
        kept.append(len(response.content))

    with stub(lambda _request: answer) as receiver, pytest.MonkeyPatch.context() as patch:
        receiver.after_reply = go_on
        patch.setattr(requests.sessions, "default_hooks", lambda: {"response": [keep]})
        channel = opened("apprise", {"URL": f"json://127.0.0.1:{receiver.port}/"}, url_variable="URL")
        assert channel.send(said(), "").answer == "taken, as apprise says"
    (size,) = kept
    return size


def test_an_answer_without_an_end_is_read_to_a_bound() -> None:
    length = {"Content-Length": str(10**15), "Connection": "close"}
    assert MAX_BODY <= read_of(Reply(200, length), endless=b"x" * 65_536) < 2 * MAX_BODY


def test_what_is_packed_into_little_is_unpacked_to_a_bound() -> None:
    bomb = gzip.compress(bytes(50 * MAX_BODY), 9)
    assert MAX_BODY <= read_of(Reply(200, {"Content-Encoding": "gzip"}, bomb)) < 20 * MAX_BODY


TARGETS: dict[str, str] = {
    "json": "json://127.0.0.1/",
    "mattermost": "mmost://127.0.0.1/3ccdd113474722377935511fc85d3dd4",
    "rocket.chat": "rocket://a/b@127.0.0.1/#chan",
    "teams": "workflows://127.0.0.1:443/643e2d8b/signature/",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "discord, as Markdown": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?format=markdown",
    "telegram": "tgram://123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/12315544/",
    "telegram, as Markdown": "tgram://123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/12315544/?format=markdown",
    "google chat": "gchat://workspace/key/token",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#chan",
}
"""Targets that set type, each in a language of its own."""
LIVE = ("*bold*", "*all*", "_it_", "__b__", "~gone~", "`", "||s||", "<!", "<@", "<script", "](", "![", "@everyone")
LIVE += ("@here", "://evil", "\\*e")
"""What would ring, lead away or set type."""


@pytest.mark.parametrize("target", TARGETS)
def test_no_sign_means_anything_at_a_target(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    taken = requests.Response()
    taken.status_code, taken._content = 200, b"ok"

    def take(*_args: Any, **asked: Any) -> requests.Response:
        sent.extend(texts(json.loads(asked["data"])))
        return taken

    monkeypatch.setattr(requests.Session, "request", take)
    channel = opened("apprise", {"URL": TARGETS[target]}, url_variable="URL")
    for words in HOSTILE:
        channel.send(hostile(words), "")
    assert any("evil" in text for text in sent)
    assert [(sign, text) for text in sent for sign in LIVE if sign in text] == []


@pytest.mark.parametrize("form", ["html", "text", "markdown"])
def test_no_word_sets_type_in_an_e_mail_of_any_form(mailbox: Mailbox, form: str) -> None:
    channel = mail(mailbox, more=f"&format={form}")
    for words in HOSTILE:
        channel.send(hostile(words), "")
    assert len(mailbox.mails) == len(HOSTILE)
    parts = [part for sent in mailbox.mails for part in sent.walk() if part.get_content_type() == "text/html"]
    assert len(parts) == (len(HOSTILE) if form == "html" else 0)
    for part in parts:
        assert not re.search(r"<(script|b|a|img)\b", text(part))


def test_a_mail_server_whose_reply_has_no_end_is_not_waited_for() -> None:
    sent: list[int] = []

    def reply() -> None:
        client, _ = server.accept()
        with client, suppress(OSError):
            while True:
                client.sendall(b"220-" + b"x" * 1_000 + b"\r\n")
                sent.append(1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(Busy, match="was not taken"):
            mail(Mailbox(port=server.getsockname()[1])).send(said(), "")
        thread.join(120)
    assert not thread.is_alive()
    assert len(sent) >= MAX_LINES


@pytest.mark.parametrize(
    ("url", "before", "drip"),
    [
        ("json://127.0.0.1:{port}/", b"", b"H"),
        ("jsons://127.0.0.1:{port}/?verify=no", b"\x16\x03\x03\x40\x00", b"\x02"),
        ("mailto://a:b@127.0.0.1:{port}?from=a@example.com&to=b@example.com", b"220 ", b"x"),
        (
            "mailtos://a:b@127.0.0.1:{port}?from=a@example.com&to=b@example.com&mode=ssl",
            b"\x16\x03\x03\x40\x00",
            b"\x02",
        ),
    ],
)
def test_a_target_that_drips_its_answer_is_given_up_when_the_time_of_a_message_is_over(
    url: str, before: bytes, drip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.notify.channels.apprise.bounded.TOTAL_S", 1.0)
    with dripping(before, drip) as port:
        channel = opened("apprise", {"URL": url.format(port=port)}, url_variable="URL")
        with pytest.raises(Busy, match="by apprise has not answered within 1 s") as caught:
            channel.send(said(), "")
    assert caught.value.trouble is Trouble.TIMEOUT


@pytest.mark.parametrize(
    ("head", "drip"),
    [(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx", b"y"), (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")],
)
def test_the_status_of_an_answer_of_which_the_rest_drips_counts(head: bytes, drip: bytes) -> None:
    """Else it would be sent again and again to whoever has taken it."""
    bounded.bind()
    cut = [lambda: None]
    with dripping(head, drip, lambda: cut[0]()) as port, bounded.within(3600.0) as limit:
        cut[0] = limit.cut
        answer = requests.post(f"http://127.0.0.1:{port}/", timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) < 1_000


def test_a_connection_that_breaks_by_itself_is_no_answer() -> None:
    bounded.bind()
    with (
        stub(lambda _request: Reply(200, {"Content-Length": "1000", "Connection": "close"}, b"x")) as receiver,
        bounded.within(3600.0),
        pytest.raises(requests.RequestException),
    ):
        requests.post(receiver.url(), timeout=60)


def test_when_its_time_is_over_a_message_makes_no_more_connections_and_other_threads_do() -> None:
    bounded.bind()
    with socket.create_server(("127.0.0.1", 0)) as server, bounded.within(3600.0) as limit:
        limit.cut()
        with pytest.raises(TimeoutError):
            socket.create_connection(server.getsockname())
        with ThreadPoolExecutor(1) as other:
            other.submit(socket.create_connection, server.getsockname()).result(60).close()


def test_repeats_can_be_left_out() -> None:
    variables = {"URL": "json://127.0.0.1/"}
    assert opened("apprise", variables, url_variable="URL").wants(said("repeat"))
    quiet = opened("apprise", variables, url_variable="URL", repeats=False)
    assert (quiet.wants(said("repeat")), quiet.wants(said("open"))) == (False, True)


def test_a_url_that_apprise_does_not_know_is_not_shown() -> None:
    with pytest.raises(ChannelMisconfigured) as caught:
        opened("apprise", {"URL": "nosuch://user:hunter2@host/"}, url_variable="URL")
    assert "hunter2" not in str(caught.value)


def test_the_library_is_imported_only_when_a_channel_is_opened() -> None:
    program = "import sys, sinks.notify.channels.kinds; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=240).returncode == 0
