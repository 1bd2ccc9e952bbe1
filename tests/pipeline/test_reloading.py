"""A worker's side of a rule file that changes: what is adopted, logged, counted and remarked. Nobody sleeps here."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from structlog.typing import EventDict

from processors.domain.ruleset import RuleSet
from processors.metrics import WorkerMetrics
from processors.rules.watch import RuleWatch
from processors.stages.reloading import Reloading
from tests.pipeline.installation import ROOT
from tests.rule_texts import many, named
from tests.waiting import until as until_true

NEVER_S = 3600.0
AT_ONCE_S = 0.0


def text(above: int, name: str = "mine") -> str:
    return named(name, many(above, keys=(), name="burst"))


class Desk:
    """A rule file, what follows it, and the rules that were adopted."""

    def __init__(self, folder: Path, every_s: float) -> None:
        self.file = folder / "rules.toml"
        self.write(text(5))
        self.watch = RuleWatch(self.file)
        self.adopted: list[RuleSet] = []
        self.metrics = WorkerMetrics()
        self.reloading = Reloading(self.watch, self.adopted.append, every_s, self.metrics)
        self.logs: list[EventDict] = []

    def write(self, content: str) -> None:
        """Put the content in place at once."""
        draft = self.file.with_suffix(".new")
        draft.write_text(content)
        draft.replace(self.file)

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        """Follow the file while the story is told."""

        async def told() -> None:
            self.reloading.start()
            self.reloading.start()
            async with asyncio.timeout(120):
                await story()
            self.reloading.stop()

        with structlog.testing.capture_logs() as self.logs:
            asyncio.run(told())

    def metric(self, series: str, **labels: str) -> float | None:
        """What is counted there."""
        return self.metrics.registry.get_sample_value(series, labels)

    async def asked(self) -> None:
        """Ask for a look, and wait until something is said of it."""
        said = len(self.logs)
        self.reloading.look_now()
        await until(lambda: len(self.logs) > said)

    @property
    def said(self) -> list[str]:
        """What was logged, in order."""
        return [entry["event"] for entry in self.logs]


async def until(happened: Callable[[], object]) -> None:
    while not happened():
        await asyncio.sleep(0)


def test_a_change_is_found_without_being_asked_for_and_adopted_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, AT_ONCE_S)
    old = desk.watch.rules
    changes = desk.metric("floodmark_rules_reloads_total") or 0

    async def story() -> None:
        desk.write(text(6, "other"))
        await until(lambda: desk.adopted)

    desk.run(story)
    (new,) = desk.adopted
    (said,) = desk.logs
    assert new.version != old.version
    assert said["log_level"] == "info"
    assert (said["before"], said["after"]) == (f"mine {old.version}", f"other {new.version}")
    assert desk.metric("floodmark_rules_reloads_total") == changes + 1
    assert desk.metric("floodmark_rules_info", name="other", version=new.version) == 1
    assert desk.metric("floodmark_rules_info", name="mine", version=old.version) is None


def test_a_file_that_cannot_be_used_is_said_loudly_once_and_remarked_until_it_is_right(tmp_path: Path) -> None:
    desk = Desk(tmp_path, NEVER_S)
    version = desk.watch.rules.version
    failures = desk.metric("floodmark_rules_reload_failures_total") or 0
    remarks = [desk.reloading.remark()]

    async def story() -> None:
        desk.write(text(6).replace("above", "abov"))
        for _ in range(3):
            await desk.asked()
        remarks.append(desk.reloading.remark())
        assert desk.metric("floodmark_rules_file_usable") == 0
        desk.write(text(5))
        await desk.asked()
        remarks.append(desk.reloading.remark())

    desk.run(story)
    (loud,) = [entry for entry in desk.logs if entry["log_level"] == "error"]
    assert loud["reason"].startswith(f"{desk.file}:5: [[rule]] abov: is not known here")
    assert loud["rules"] == f"mine {version}"
    assert remarks[0] == remarks[2] == ""
    assert f"judging goes on by mine {version}: {desk.file}:5:" in remarks[1]
    assert desk.metric("floodmark_rules_file_usable") == 1
    assert desk.metric("floodmark_rules_reload_failures_total") == failures + 1
    assert desk.adopted == []


def test_sighup_asks_for_a_look_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, NEVER_S)

    async def story() -> None:
        desk.write(text(6))
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: desk.adopted)

    desk.run(story)
    assert desk.said == ["rules_changed"]


def test_who_asks_for_a_look_is_answered_also_when_the_rules_are_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path, NEVER_S)

    async def story() -> None:
        await desk.asked()
        desk.write("# only a remark\n" + text(5))
        await desk.asked()

    desk.run(story)
    assert desk.said == ["rules_unchanged", "rules_equal"]
    assert desk.adopted == []


def test_what_never_began_to_follow_can_be_stopped(tmp_path: Path) -> None:
    desk = Desk(tmp_path, NEVER_S)
    desk.reloading.stop()
    assert desk.adopted == []


WORKS = """\
import asyncio, fcntl, pathlib, sys, termios
from processors.stages.reloading import Reloading
from processors.rules.watch import RuleWatch

async def work():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    Reloading(RuleWatch(), print, 3600).start()
    pathlib.Path(sys.argv[1]).touch()
    await asyncio.sleep(240)

asyncio.run(work())
"""


def test_who_works_in_a_terminal_ends_when_that_is_gone(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ours, its = pty.openpty()
    argv = [sys.executable, "-c", WORKS, str(ready)]
    with subprocess.Popen(argv, stdin=its, cwd=ROOT, start_new_session=True) as worker:
        os.close(its)
        until_true(lambda: ready.exists() or worker.poll() is not None, "it works")
        os.close(ours)
        assert worker.wait(120) == -signal.SIGTERM
