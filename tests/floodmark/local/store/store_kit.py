"""Running the store as people run it: its own process, on a directory of its own."""

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from floodmark.local.store.locate import Endpoint, endpoint

COMMAND = (sys.executable, "-c", "from floodmark.cli import main; main()")
DEADLINE_S = 240.0
"""For whatever others have to do; a busy machine takes ten times as long as an idle one."""


def wait_until(true: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Poll until something is true; fail the test when it does not get true in time."""
    end = time.monotonic() + deadline_s
    while not true():
        assert time.monotonic() < end, f"{what}: not within {deadline_s} s"
        time.sleep(0.02)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `floodmark` to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOODMARK_")}
    return subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=DEADLINE_S, env=environment
    )


@dataclass(frozen=True)
class Answer:
    """An HTTP response, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> int:
        return int(self.headers.get("x-clickhouse-exception-code", "0"))


class StoreProcess:
    """`floodmark store` on a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.files = data_dir / "store"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.data_dir.parent / "store.log").read_text()

    @property
    def at(self) -> Endpoint:
        found = endpoint(self.data_dir)
        assert found is not None, "the store does not answer"
        return found

    def start(self, *arguments: str) -> None:
        command = [*COMMAND, "store", "--data-dir", str(self.data_dir), *arguments]
        with (self.data_dir.parent / "store.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        process = self._process
        wait_until(lambda: process.poll() is not None or endpoint(self.data_dir) is not None, "the store comes up")
        assert process.poll() is None, self.log

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, unless it has stopped; its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(DEADLINE_S)
        self._process = None
        return code

    def ask(
        self,
        query: str = "",
        body: bytes = b"",
        *,
        user: str = "floodmark",
        method: str = "POST",
        headers: dict[str, str] | None = None,
        **parameters: str,
    ) -> Answer:
        """One request over a connection of its own; the user's password is sent as Basic."""
        at = self.at
        password = at.password if user == "floodmark" else at.reader_password
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        if query:
            parameters = {"query": query, **parameters}
        connection = http.client.HTTPConnection(at.host, at.port, timeout=DEADLINE_S)
        try:
            target = "/?" + urlencode(parameters, quote_via=quote)
            connection.request(
                method, target, body or None, {"Authorization": f"Basic {credentials}", **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def rows(self, query: str) -> list[list[object]]:
        """The rows of a query that succeeds."""
        answer = self.ask(f"{query} FORMAT JSONCompact")
        assert answer.status == 200, answer.text
        return [list(row) for row in json.loads(answer.body)["data"]]
