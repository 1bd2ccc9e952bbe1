"""A gateway in a process of its own."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from floodmark.local.processes.children import Child, end, spawn
from tests import warm
from tests.paths import ROOT
from tests.waiting import PATIENCE_S, until
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
        assert end(self.child, PATIENCE_S), f"the gateway did not end within {PATIENCE_S} s: {self.said()[-2000:]}"
        return int(self.child.returncode)

    def said(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")


def started(folder: Path, broker: str, prefix: str, port: int = 0, **settings: str) -> GatewayProcess:
    """Start a gateway as people start it, to be measured; it may not answer yet."""
    words, log, env = _told(folder, broker, prefix, port, settings)
    with log.open("wb") as output:
        child = spawn([sys.executable, "-m", "floodmark", *words], cwd=ROOT, output=output, env=env)
    return GatewayProcess(child, Path(words[-1]), log)


def forked(folder: Path, broker: str, prefix: str, port: int = 0, **settings: str) -> GatewayProcess:
    """The same, where its start is not looked at; see `tests.warm`."""
    words, log, env = _told(folder, broker, prefix, port, settings)
    return GatewayProcess(warm.spawn(words, output=log, env=env), Path(words[-1]), log)


def _told(
    folder: Path, broker: str, prefix: str, port: int, settings: dict[str, str]
) -> tuple[list[str], Path, dict[str, str]]:
    """The words and variables of the next gateway in this folder, and its log."""
    number = len(list(folder.glob("gateway*.log")))
    announce, log = folder / f"gateway{number}.json", folder / f"gateway{number}.log"
    told = {"FLOODMARK_BROKER": broker, "FLOODMARK_TOPIC_PREFIX": prefix, "FLOODMARK_GATEWAY_PORT": str(port)}
    return ["gateway", "--announce", str(announce)], log, {**os.environ, **told, **settings}
