"""Asks every component how it is, and tells who has been unwell for too long. The judgement is pure."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

LEAVE_S: Final = 1.0
EVERY_S: Final = 5.0
PATIENCE_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class Unwell:
    """Since when, and what it says of itself. `pid` tells one life of a component from the next."""

    since: float
    reason: str
    pid: int


@dataclass(frozen=True, slots=True)
class Patients:
    """Who is unwell, by name. One that gives no answer at all is unwell too: it may be frozen."""

    unwell: Mapping[str, Unwell] = field(default_factory=dict)

    def heard(self, name: str, pid: int, complaint: str | None, at: float) -> "Patients":
        """The component of that name, in its life `pid`, is well (None) or says or shows what it lacks."""
        others = {n: u for n, u in self.unwell.items() if n != name}
        if complaint is None:
            return Patients(others)
        known = self.unwell.get(name)
        since = known.since if known is not None and known.pid == pid else at
        return Patients({**others, name: Unwell(since, complaint, pid)})

    def lost(self, at: float, patience_s: float = PATIENCE_S) -> dict[str, Unwell]:
        """Who has been unwell for `patience_s` seconds or more."""
        return {name: unwell for name, unwell in self.unwell.items() if at - unwell.since >= patience_s}


class HealthWatch:
    """A thread that asks every few seconds, until it is closed.

    Args:
        addresses: Gives, when asked, name to (pid, base URL) of all components that can be asked now.
    """

    def __init__(self, addresses: Callable[[], Mapping[str, tuple[int, str]]]) -> None:
        self._addresses = addresses
        self.patients = Patients()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._closing.set()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        with httpx.Client(timeout=3.0, trust_env=False) as client:
            while not self._closing.wait(EVERY_S):
                for name, (pid, url) in self._addresses().items():
                    complaint = ask(client, url)
                    self.patients = self.patients.heard(name, pid, complaint, time.monotonic())


def ask(client: httpx.Client, url: str) -> str | None:
    """What the component at `url` complains of; None when it is well."""
    try:
        answer = client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        return f"it does not answer ({type(error).__name__})"
    if answer.status_code == httpx.codes.OK:
        return None
    try:
        return str(json.loads(answer.text)["reason"])
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}"
