"""What runs beside ends the process, or begins anew, when it ends by an error; and all that runs beside is minded."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

from runtime import minding
from runtime.exits import Exit
from tests.paths import ROOT
from tests.syntax import calls

STARTERS = {"create_task", "ensure_future", "Thread"}
ELSEWHERE = {
    "runtime/minding.py": "it minds them",
    "processors/faustapp/joining.py": "it is waited for",
    "floodmark/local/store/app.py": "whoever asks for health waits for it",
    "floodmark/local/store/reply.py": "it sees a client leave, and is cancelled with the answer",
    "floodmark/gateway/event_stream.py": "it sees a client leave, and is cancelled with the answer",
    "floodmark/gateway/integrations/answering.py": "it is waited for, and its error is logged when it comes later",
    "sinks/notify/journal.py": "it is waited for, and one that does not come back ends the notifier",
    "sinks/notify/dispatcher.py": "what it raises comes back as an outcome, and one that is stuck is named",
    "floodmark/local/processes/children.py": "it answers with the error, and is started anew when it has ended",
}


async def fail() -> None:
    raise ValueError("no such thing")


def refuse() -> None:
    raise ValueError("no such thing")


async def fine() -> None:
    """Nothing goes wrong."""


def test_a_task_that_raises_ends_the_process_with_its_name() -> None:
    ended: list[str] = []

    async def run() -> None:
        task = minding.task(fail(), "count: pulse", ended.append)
        await asyncio.wait([task])
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == ["count: pulse has ended: ValueError('no such thing')"]


def test_a_task_that_is_cancelled_or_done_ends_nothing() -> None:
    ended: list[str] = []

    async def run() -> None:
        tasks = [minding.task(fine(), "done", ended.append), minding.task(asyncio.Event().wait(), "x", ended.append)]  # type: ignore[arg-type]
        await tasks[0]
        tasks[1].cancel()
        await asyncio.wait(tasks)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == []


def test_a_thread_that_raises_ends_the_process_with_its_name() -> None:
    ended: list[str] = []
    thread = minding.thread(refuse, "fetch", ended.append)
    thread.start()
    thread.join(120)
    assert ended == ["fetch has ended: ValueError('no such thing')"]


def test_what_only_shows_begins_anew() -> None:
    begun: list[int] = []

    def work() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            refuse()

    thread = minding.lasting(work, "view", pause_s=0.0)
    thread.start()
    thread.join(120)
    assert (begun, threading.active_count() > 0) == ([0, 1, 2], True)


def test_the_process_ends_at_once_although_its_main_thread_waits() -> None:
    code = (
        "import threading; from runtime.minding import thread; "
        "thread(lambda: {}['lost'], 'fetch').start(); threading.Event().wait(600)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == Exit.BROKEN
    assert "fetch has ended: KeyError('lost')" in done.stdout + done.stderr


def started() -> Iterator[str]:
    return (path for path, name, _ in calls(*STARTERS) if name.rpartition(".")[2] in STARTERS)


def test_nothing_runs_beside_that_nobody_minds() -> None:
    assert set(started()) == ELSEWHERE.keys()
