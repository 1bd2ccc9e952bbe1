"""An issuer of tokens on loopback, with keys that change."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

AUDIENCE: Final = "floodmark"


@dataclass
class LocalIssuer:
    """Shows its public keys, and signs with the newest."""

    url: str
    keys: list[ECKey] = field(default_factory=list)
    calls_itself: str = ""
    asked: int = 0
    is_asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def rotate(self) -> None:
        """Sign with another key, and show no other."""
        self.keys = [ECKey.generate_key("P-256", parameters={"kid": f"k{self.asked}-{id(object())}"})]

    def token(self, now_s: int, key: ECKey | None = None, **claims: Any) -> str:
        """A token that is good for a minute; claims of None are left out."""
        all_of_them = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ana",
            "exp": now_s + 60,
            "scope": "openid floodmark:ingest",
            **claims,
        }
        signs = key or self.keys[0]
        header = {"alg": "ES256", "kid": signs.kid}
        return jwt.encode(header, {k: v for k, v in all_of_them.items() if v is not None}, signs)

    def answer(self, path: str) -> dict[str, Any]:
        """What it shows, once it may."""
        if not self.may_answer.is_set():
            self.is_asked.set()
            self.may_answer.wait(120)
        if path.endswith("/openid-configuration"):
            return {"issuer": self.calls_itself or self.url, "jwks_uri": f"{self.url}/keys"}
        self.asked += 1
        return dict(KeySet(self.keys).as_dict(private=False))


@contextmanager
def issuing() -> Iterator[LocalIssuer]:
    """An issuer for the length of the block."""
    issuer = LocalIssuer("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(issuer.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    issuer.rotate()
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
