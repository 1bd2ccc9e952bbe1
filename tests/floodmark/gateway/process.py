"""A gateway in a process of its own."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from floodmark.local.processes.children import Child, end
from tests import warm
from tests.pipeline.wire import until
from tests.warm import WarmChild


@dataclass
class GatewayProcess:
    """A running gateway.

    Args:
        child: The process.
        announce: Where it says its address.
        log: What it says.
    """

    child: Child | WarmChild
    announce: Path
    log: Path

    def ready(self) -> "GatewayProcess":
        """Wait until it answers."""
        until(lambda: self.announce.exists() or self.child.poll() is not None, "the gateway starts")
        assert self.child.poll() is None, f"the gateway ended with {self.child.returncode}: {self.said()[-2000:]}"
        return self

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(json.loads(self.announce.read_text())["url"])

    def kill(self) -> None:
        """End it as a power cut would."""
        self.child.kill()
        self.child.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert end(self.child, 30), f"the gateway did not end within 30 s: {self.said()[-2000:]}"
        return int(self.child.returncode)

    def said(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")


def started(folder: Path, broker: str, prefix: str, port: int = 0, **settings: str) -> GatewayProcess:
    """Start a gateway; it may not answer yet."""
    number = len(list(folder.glob("gateway*.log")))
    announce, log = folder / f"gateway{number}.json", folder / f"gateway{number}.log"
    told = {"FLOODMARK_BROKER": broker, "FLOODMARK_TOPIC_PREFIX": prefix, "FLOODMARK_GATEWAY_PORT": str(port)}
    words = ["gateway", "--announce", str(announce)]
    return GatewayProcess(warm.spawn(words, output=log, env={**os.environ, **told, **settings}), announce, log)
