"""The notifier as a process of its own, and endpoints that write down what it posts to them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from schemas.topics import Topics
from tests.services import unique_prefix
from tests.sinks.http_kit import Receiver
from tests.sinks.kafka_kit import made, publish
from tests.sinks.sink_kit import alert_at


def webhook(name: str, receiver: Receiver) -> str:
    """A `[[channel]]` that posts to the path of its name."""
    return dedent(f"""
        [[channel]]
        name = "{name}"
        kind = "webhook"
        url = "{receiver.url(f"/{name}")}"
        allow_http = true
        allow_private = true
        """)


class Installation:
    """Topics of its own, a routing file, and as many notifiers as a test wants."""

    def __init__(self, kafka: str, folder: Path, routes: str) -> None:
        self.address, self.folder = kafka, folder
        self.topics: Topics = made(kafka, unique_prefix())
        self.routes = folder / f"{self.topics.prefix}routes.toml"
        self.routes.write_text(dedent(routes))
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """One more notifier."""
        words = ["--broker", self.address, "--topic-prefix", self.topics.prefix, "--routes", str(self.routes)]
        with self.log(len(self.processes)).open("wb") as log:
            command = [sys.executable, "-m", "floodmark", "sink", "notify", *words]
            self.processes.append(subprocess.Popen(command, stderr=log))
        return self.processes[-1]

    def log(self, number: int) -> Path:
        """What the notifier of this number, from 0, has written."""
        return self.folder / f"{self.topics.prefix}{number}.log"

    def has_begun(self, number: int) -> bool:
        """Whether the notifier of this number knows what is owed."""
        return b"notifications_known" in self.log(number).read_bytes()

    def close(self) -> None:
        """End them all."""
        for process in self.processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
                process.wait()

    def say(self, names: Iterable[str], state: str, revision: int, **fields: Any) -> None:
        """Something of each of these incidents."""
        now: Any = {name: datetime.now(UTC) for name in ("timestamp", "since", "last_seen")}
        records = [
            alert_at(0, incident_id=name, state=state, revision=revision, **(now | fields | {"scope": name}))
            for name in names
        ]
        publish(self.address, self.topics.alerts, [(record.key, record.value) for record in records])


def posted(receiver: Receiver, path: str) -> list[dict[str, Any]]:
    """What was posted there, in order."""
    return [json.loads(each.body)["data"] for each in list(receiver.requests) if each.path == path]
