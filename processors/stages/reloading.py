"""Keeps a worker judging by what its rule file says: looks at the file again and again, and on SIGHUP at once."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Final

import structlog

from processors.domain.ruleset import RuleSet
from processors.metrics import WorkerMetrics
from processors.rules import RuleError
from processors.rules.watch import RuleWatch
from runtime.minding import task

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0


class Reloading:
    """Follows a rule file on an event loop, reading it in a thread.

    Args:
        watch: Looks at the file.
        adopt: Told new rules, on the loop, when the file says others than before.
        every_s: Seconds between two looks.
        metrics: The counters of the worker; none: its own.
    """

    def __init__(
        self,
        watch: RuleWatch,
        adopt: Callable[[RuleSet], None],
        every_s: float = LOOK_EVERY_S,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        self._metrics = metrics or WorkerMetrics()
        self._watch = watch
        self._adopt = adopt
        self._every_s = every_s
        self._rules = watch.rules
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._had_terminal = _has_terminal()
        self._metrics.rules_usable.set(1)
        self._show(self._rules)

    def start(self) -> None:
        """Begin to follow on the running loop; once is enough."""
        if self._task is None:
            loop = asyncio.get_running_loop()
            self._task = task(self._follow(), "the watch on the rule file")
            # Only the main thread hears signals; Faust's worker runs its loop there.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(signal.SIGHUP, self._on_hangup)

    def stop(self) -> None:
        """Follow no longer."""
        if self._task is not None:
            self._task.cancel()

    def look_now(self) -> None:
        """Look at the file at once, and take what it says for what is meant."""
        self._asked.set()

    def remark(self) -> str:
        """What people should know of the rule file now; mostly nothing. May be called from any thread."""
        trouble = self._watch.trouble
        if not trouble:
            return ""
        return f"the rule file cannot be used, judging goes on by {_named(self._rules)}: {trouble}"

    async def _follow(self) -> None:
        while True:
            sure = await self._waited()
            self._take(await asyncio.to_thread(self._watch.look, sure=sure), is_asked=sure)

    async def _waited(self) -> bool:
        """Wait until it is time to look; whether somebody asked for it."""
        try:
            async with asyncio.timeout(self._every_s):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    def _take(self, news: RuleSet | RuleError | None, *, is_asked: bool) -> None:
        self._metrics.rules_usable.set(not self._watch.trouble)
        if isinstance(news, RuleError):
            self._metrics.rules_reload_failures.inc()
            log.error("rules_refused", effect="the old rules stay", reason=str(news), rules=_named(self._rules))
        elif news is not None:
            self._change(news)
        elif is_asked:
            log.info("rules_unchanged", rules=_named(self._rules), trouble=self._watch.trouble)

    def _change(self, rules: RuleSet) -> None:
        before, self._rules = self._rules, rules
        self._show(rules)
        if rules.version == before.version:
            log.info("rules_equal", rules=_named(rules), path=str(self._watch.path))
            if rules != before:  # links and other words, which alerts carry
                self._adopt(rules)
            return
        self._metrics.rules_reloads.inc()
        log.info("rules_changed", before=_named(before), after=_named(rules), path=str(self._watch.path))
        self._adopt(rules)

    def _show(self, rules: RuleSet) -> None:
        self._metrics.rules.info({"name": rules.name, "version": rules.version})

    def _on_hangup(self) -> None:
        """SIGHUP asks for a look; it also says that a terminal is gone, and who worked in there is to end."""
        if self._had_terminal and not _has_terminal():
            signal.raise_signal(signal.SIGTERM)
        else:
            self.look_now()


def _named(rules: RuleSet) -> str:
    return f"{rules.name} {rules.version}"


def _has_terminal() -> bool:
    try:
        os.close(os.open(os.ctermid(), os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
