"""Whatever goes wrong with a service: what is said of it holds no secret, and says who has to mend it."""

import io
import logging
import socket
import ssl
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from runtime.logs import configure
from sinks.notify.channels.contract import Channel, Refused
from sinks.notify.channels.kinds import KINDS
from sinks.notify.channels.settings import Ground
from sinks.protocol import Busy, Trouble
from tests.runtime.kafka.certificates import Certificates, make_certificates, make_expired
from tests.sinks.http_kit import Reply
from tests.sinks.notify.channels.kit import NOW_S, said, stub

SECRETS = {
    "slack": "xoxb-hunter2-the-secret",
    "pagerduty": "hunter2hunter2hunter2hunter2hunt",
    "opsgenie": "hunter2-api-key",
    "alertmanager": "Bearer hunter2",
    "webhook": "URL/hunter2",
    "apprise": "URL/hunter2?+X-Token=hunter2",
}
SETTINGS: dict[str, dict[str, Any]] = {
    "slack": {"token_variable": "SECRET", "channel": "#alerts"},
    "pagerduty": {"routing_key_variable": "SECRET"},
    "opsgenie": {"api_key_variable": "SECRET"},
    "alertmanager": {"authorization_variable": "SECRET"},
    "webhook": {"url_variable": "SECRET", "secret_variable": "SECRET"},
    "apprise": {"url_variable": "SECRET"},
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process writes at its finest; the logging of before is put back."""
    written, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure("debug", stream=written)
    yield written
    root.handlers[:], root.level = handlers, level


def opened(kind: str, url: str, ca: Path | None = None, **ground: Any) -> Channel:
    own, secret = SETTINGS[kind], SECRETS[kind]
    if kind in ("webhook", "apprise"):
        plain = url.replace("http", "json", 1) if kind == "apprise" else url
        secret = secret.replace("URL", plain)
    else:
        own = own | {"url": url}
    if kind != "apprise":
        own = own | {"allow_http": True, "allow_private": True} | ({"ca_file": str(ca)} if ca else {})
    return KINDS[kind].made(own, Ground({"SECRET": secret}, lambda: NOW_S, **ground))


def failure(channel: Channel) -> tuple[Exception, str]:
    """What is raised, and all that could be shown of it."""
    with pytest.raises((Busy, Refused)) as caught:
        channel.send(said(), "")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(channel)
    channel.close()
    return caught.value, shown


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 429, 500, 503])
@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_a_service_that_says_our_secret_back_is_not_repeated(kind: str, status: int, log: io.StringIO) -> None:
    echo = {
        "Location": "http://x/hunter2",
        "WWW-Authenticate": "hunter2",
        "Set-Cookie": "a=hunter2",
        "X-Why": "hunter2",
    }
    with stub(lambda _asked: Reply(status, echo, b'{"ok":false,"error":"hunter2","message":"hunter2"}')) as receiver:
        _, shown = failure(opened(kind, receiver.url("")))
    assert "hunter2" not in shown + log.getvalue()


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_nobody_there_and_no_name_are_no_secret_and_no_loss(kind: str, log: io.StringIO) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error, shown = failure(opened(kind, f"http://127.0.0.1:{port}"))
        assert isinstance(error, Busy)
        if kind != "apprise":

            def unknown(_host: str, _port: int) -> list[str]:
                raise OSError("Name or service not known")

            gone, more = failure(opened(kind, f"http://pager.example:{port}", resolver=unknown))
            assert isinstance(gone, Busy)
            assert (gone.trouble, "its host name is not known" in gone.detail) == (Trouble.UNREACHABLE, True)
            shown += more
    assert "hunter2" not in shown + log.getvalue()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def expired(certificates: Certificates) -> Iterator[int]:
    """The port of a server whose certificate has expired."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_expired(certificates), certificates.key("server"))

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", sorted(SECRETS.keys() - {"apprise"}))
def test_a_certificate_that_has_expired_is_for_somebody_to_mend(
    kind: str, certificates: Certificates, expired: int, log: io.StringIO
) -> None:
    error, shown = failure(opened(kind, f"https://127.0.0.1:{expired}", certificates.ca))
    assert isinstance(error, Busy)
    assert error.trouble is Trouble.REFUSED
    assert "shows a certificate that is not accepted (certificate has expired)" in error.detail
    assert "hunter2" not in shown + log.getvalue()
