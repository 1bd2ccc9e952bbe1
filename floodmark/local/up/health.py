"""Asks every component how it is, and tells who has been unwell for too long. The judgement is pure."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from runtime.minding import lasting

LEAVE_S: Final = 1.0
EVERY_S: Final = 5.0
PATIENCE_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class Unwell:
    """Since when, and what it says of itself. `pid` tells one life of a component from the next.

    One that `needs_people` lacks what no new start would bring.
    """

    since: float
    reason: str
    pid: int
    needs_people: bool = False


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a component says that it lacks; see `Unwell`."""

    reason: str
    needs_people: bool = False


@dataclass(frozen=True, slots=True)
class Patients:
    """Who is unwell, by name. One that gives no answer at all is unwell too: it may be frozen."""

    unwell: Mapping[str, Unwell] = field(default_factory=dict)

    def after(self, name: str, pid: int, complaint: str | None, at: float, *, needs_people: bool = False) -> "Patients":
        """The component of that name, in its life `pid`, is well (None) or says or shows what it lacks."""
        others = {n: u for n, u in self.unwell.items() if n != name}
        if complaint is None:
            return Patients(others)
        known = self.unwell.get(name)
        since = known.since if known is not None and known.pid == pid else at
        return Patients({**others, name: Unwell(since, complaint, pid, needs_people)})

    def lost(self, at: float, patience_s: float = PATIENCE_S) -> dict[str, Unwell]:
        """Who has been unwell for `patience_s` seconds or more, and may be well after a new start."""
        return {n: u for n, u in self.unwell.items() if at - u.since >= patience_s and not u.needs_people}


class HealthWatch:
    """A thread that asks every few seconds, until it is closed.

    Args:
        addresses: Gives, when asked, name to (pid, base URL) of all components that can be asked now.
    """

    def __init__(self, addresses: Callable[[], Mapping[str, tuple[int, str]]]) -> None:
        self._addresses = addresses
        self.patients = Patients()
        self._closing = threading.Event()
        self._thread = lasting(self._run, "health")
        self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._closing.set()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        with httpx.Client(timeout=3.0, trust_env=False) as client:
            while not self._closing.wait(EVERY_S):
                for name, (pid, url) in self._addresses().items():
                    complaint = ask(client, url) or Complaint("")
                    self.patients = self.patients.after(
                        name, pid, complaint.reason or None, time.monotonic(), needs_people=complaint.needs_people
                    )


def ask(client: httpx.Client, url: str) -> Complaint | None:
    """What the component at `url` complains of; None when it is well."""
    try:
        answer = client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        return Complaint(f"it does not answer ({type(error).__name__})")
    if answer.status_code == httpx.codes.OK:
        return None
    try:
        content = json.loads(answer.text)
        return Complaint(str(content["reason"]), content.get("needs_people") is True)
    except (ValueError, KeyError, TypeError):
        return Complaint(f"it answers {answer.status_code}")


def remark(client: httpx.Client, url: str) -> str:
    """What the component at `url`, which is well, says that people should know all the same; empty for nothing."""
    try:
        reason = json.loads(client.get(f"{url}/healthz").text)["reason"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ""
    return str(reason).partition("; ")[2]
