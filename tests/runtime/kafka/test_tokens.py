"""Bearer tokens: where they come from, and how long they are kept."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from runtime.kafka.tokens import BearerToken, CachedToken, TokenEndpoint, TokenError, TokenFile

SECRET = "never-to-be-seen"


def web_token(**claims: float) -> str:
    """A JSON web token with these claims, unsigned."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.x"


class Clock:
    """Seconds that a test moves, and what was fetched when."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.fetched = 0

    def fetch(self) -> BearerToken:
        """A token of 100 seconds."""
        self.fetched += 1
        return BearerToken(str(self.fetched), self.now_s + 100)


@pytest.mark.parametrize(("after_s", "value"), [(0, "1"), (74.9, "1"), (75, "2"), (200, "2")])
def test_a_token_is_kept_for_three_quarters_of_its_life(after_s: float, value: str) -> None:
    """librdkafka asks for another one after 80 %, and must get it."""
    clock = Clock()
    token = CachedToken(clock.fetch, lambda: clock.now_s)
    assert token().value == "1"
    clock.now_s += after_s
    assert token().value == value


def test_a_file_is_read_for_the_token_and_its_end(tmp_path: Path) -> None:
    """The end is in the token."""
    path = tmp_path / "token"
    path.write_text(web_token(exp=2_000_000_000) + "\n")
    assert TokenFile(path)() == BearerToken(web_token(exp=2_000_000_000), 2_000_000_000.0)


@pytest.mark.parametrize("content", [None, "", " \n", b"\xff\xfe"])
def test_a_file_without_a_token_is_named(tmp_path: Path, content: str | bytes | None) -> None:
    """Not what is in it."""
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TokenError, match=str(path)):
        TokenFile(path)()


@contextmanager
def endpoint(status: int, body: bytes) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A token endpoint that answers so; its address, and what it is sent: credentials and form."""
    sent: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent.append((self.headers["Authorization"], form))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_endpoint_is_asked_by_the_client_credentials_grant() -> None:
    """The secret goes in a header, not in the address."""
    with endpoint(200, b'{"access_token": "a.b.c", "expires_in": 300}') as (url, sent):
        token = TokenEndpoint(url, "worker", SECRET, "kafka")()
    assert token.value == "a.b.c"
    ((credentials, form),) = sent
    assert base64.b64decode(credentials.removeprefix("Basic ")).decode() == f"worker:{SECRET}"
    assert form == "grant_type=client_credentials&scope=kafka"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [(401, SECRET.encode(), "status 401"), (200, b"<html>", "no token"), (200, b"{}", "no token"), (200, b"1", "no")],
)
def test_an_endpoint_that_gives_no_token_is_named(status: int, body: bytes, why: str) -> None:
    """Without what it has said, which may hold anything."""
    with endpoint(status, body) as (url, _), pytest.raises(TokenError, match=why) as caught:
        TokenEndpoint(url, "worker", SECRET)()
    assert url in str(caught.value)
    assert SECRET not in f"{caught.value}{TokenEndpoint(url, 'worker', SECRET)!r}"


def test_an_endpoint_that_is_not_there_is_named() -> None:
    """At once."""
    with pytest.raises(TokenError, match=r"does not answer \(ConnectError\)"):
        TokenEndpoint("http://127.0.0.1:1/token", "worker", SECRET)()
