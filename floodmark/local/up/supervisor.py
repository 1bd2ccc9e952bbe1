"""Starts components in order, starts again what died, stops all in the opposite order."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Final, Literal, Protocol

from floodmark.local.up.restarts import GiveUp, RestartPolicy

State = Literal["starting", "running", "waiting", "stopping", "stopped"]
LOG_LINES: Final = 5
"""How many of the last lines of its log are shown when a component dies."""


class Supervised(Protocol):
    """Something to supervise: a child process, or the broker."""

    @property
    def name(self) -> str:
        """What people see."""

    @property
    def pid(self) -> int | None:
        """Its process, when it has one of its own."""

    @property
    def grace_s(self) -> float:
        """How long it may take to stop once asked."""

    def start(self) -> None:
        """Start it; returns at once or soon, ready or not."""

    def ended(self) -> str | None:
        """How it ended (`exit code 1`), or None while it runs."""

    def hopeless(self) -> bool:
        """Whether starting it again after this end would not help."""

    def ready(self) -> bool:
        """Whether it does its work."""

    def last_words(self, lines: int) -> list[str]:
        """The end of its log."""

    def ask_to_stop(self) -> None:
        """Begin to stop; returns at once."""

    def kill(self) -> None:
        """End it now and wait until it is gone."""

    def housekeeping(self) -> None:
        """Called now and then while it runs (log rotation)."""


class GaveUpError(Exception):
    """A component died too often; the message says which, how, and the end of its log."""


@dataclass(slots=True)
class Component:
    """A service and how it fares. Times are of `time.monotonic`, in seconds."""

    service: Supervised
    state: State = "starting"
    started_at: float = 0.0
    retry_at: float = 0.0
    restarts: int = 0
    deaths: tuple[float, ...] = field(default=())
    condemned_at: float | None = None

    @property
    def name(self) -> str:
        """What people see."""
        return self.service.name


class Supervisor:
    """Keeps components running. Not thread-safe: one thread starts, ticks and stops.

    Args:
        say: Told what people should read, one line each.
        policy: When a death leads to a restart.
    """

    def __init__(self, say: Callable[[str], None], policy: RestartPolicy | None = None) -> None:
        self._say = say
        self._policy = policy or RestartPolicy()
        self.components: list[Component] = []

    def add(self, service: Supervised) -> Component:
        """Start a service and supervise it from now on."""
        component = Component(service, started_at=time.monotonic())
        self.components.append(component)
        service.start()
        return component

    def tick(self) -> None:
        """Look at every component once; call it several times a second.

        Raises:
            GaveUpError: one died too often.
        """
        now = time.monotonic()
        for component in self.components:
            if component.state == "waiting":
                if now >= component.retry_at:
                    self._restart(component, now)
            elif component.state in ("starting", "running"):
                self._look(component, now)

    def _look(self, component: Component, now: float) -> None:
        how = component.service.ended()
        if how is not None:
            self._died(component, how, now)
            return
        component.service.housekeeping()
        if component.condemned_at is not None and now - component.condemned_at >= component.service.grace_s:
            component.service.kill()
        if component.state == "starting" and component.service.ready():
            component.state = "running"
            if component.restarts:
                self._say(f"{component.name} runs again (pid {component.service.pid})")

    def _died(self, component: Component, how: str, now: float) -> None:
        words = "".join(f"\n    {line}" for line in component.service.last_words(LOG_LINES))
        if component.service.hopeless():
            component.state = "stopped"
            raise GaveUpError(f"{component.name} ended ({how}), and starting it again would not help.{words}")
        decision = self._policy.died(component.deaths, now)
        if isinstance(decision, GiveUp):
            times = f"{decision.deaths} times within {decision.within_s:.0f} s"
            component.state = "stopped"
            raise GaveUpError(f"{component.name} ended {times}, the last time with {how}. Giving up.{words}")
        component.deaths = decision.deaths
        component.state, component.retry_at = "waiting", now + decision.after_s
        self._say(f"{component.name} ended ({how}); starting it again in {decision.after_s:.0f} s{words}")

    def condemn(self, component: Component, why: str) -> None:
        """Have one that runs stop, by itself or by force, and start anew: it runs but does not do its work."""
        if component.condemned_at is None and component.state in ("starting", "running"):
            self._say(f"{component.name} is unwell ({why}): starting it anew")
            component.condemned_at = time.monotonic()
            component.service.ask_to_stop()

    def _restart(self, component: Component, now: float) -> None:
        component.restarts += 1
        component.condemned_at = None
        component.state, component.started_at = "starting", now
        try:
            component.service.start()
        except OSError as error:
            self._died(component, f"could not be started: {error}", now)

    def all_ready(self) -> bool:
        """Whether every component does its work."""
        return all(c.state == "running" for c in self.components)

    def find(self, name: str) -> Component:
        """The component of that name; raises `KeyError` when there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)

    def stop(
        self,
        order: Sequence[Sequence[str]],
        hastened: Callable[[], bool] = lambda: False,
        most_s: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Stop everything, one group of names after the other, each group at once.

        A component gets its grace to stop by itself, less when `hastened` turns true or its name has less in
        `most_s`, and is killed then (and that is said). Names that are not there are skipped; components not named
        come last.
        """
        named = {name for group in order for name in group}
        rest = [c.name for c in reversed(self.components) if c.name not in named]
        for names in (*order, *([name] for name in rest)):
            self._stop_group([c for c in self.components if c.name in names], hastened, most_s)

    def _stop_group(
        self, group: Sequence[Component], hastened: Callable[[], bool], most_s: Mapping[str, float]
    ) -> None:
        begun = time.monotonic()
        alive = [c for c in group if c.service.ended() is None and c.state in ("starting", "running")]
        for component in group:
            component.state = "stopping"
            component.service.ask_to_stop()
        while waiting := [c for c in alive if c.service.ended() is None]:
            took = time.monotonic() - begun
            late = [c for c in waiting if took >= min(c.service.grace_s, most_s.get(c.name, inf)) or hastened()]
            for component in late:
                why = "somebody asked twice" if hastened() else f"it did not stop within {took:.0f} s"
                self._say(f"{component.name} is killed: {why}")
                component.service.kill()
            if not late:
                time.sleep(0.03)
        for component in group:
            component.state = "stopped"
