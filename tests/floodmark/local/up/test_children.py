import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.up import children
from floodmark.local.up.children import Child, exit_text, tail
from tests.floodmark.local.up.process_kit import STAYS, STUBBORN, child, exists, session
from tests.paths import ROOT
from tests.waiting import until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look at processes")


@pytest.fixture
def started() -> Iterator[list[Child]]:
    running: list[Child] = []
    yield running
    for one in running:
        one.kill()


def test_a_child_lives_in_a_session_of_its_own(tmp_path: Path, started: list[Child]) -> None:
    one = child(tmp_path, "c", STAYS)
    started.append(one)
    one.start()
    assert one.pid is not None
    until(lambda: session(one.pid or 0) == one.pid, "own session")
    assert session(os.getpid()) != one.pid


def test_an_end_is_told_with_its_exit_code_and_last_words(tmp_path: Path, started: list[Child]) -> None:
    one = child(tmp_path, "c", "import sys; print('first'); print(); print('no disk left'); sys.exit(3)")
    started.append(one)
    one.start()
    until(lambda: one.ended() is not None, "its end")
    assert one.ended() == "exit code 3"
    assert one.last_words(1) == ["no disk left"]


def test_last_words_are_of_the_last_life(tmp_path: Path, started: list[Child]) -> None:
    (tmp_path / "c.log").write_text("an older life\n")
    one = child(tmp_path, "c", "pass")
    started.append(one)
    one.start()
    until(lambda: one.ended() is not None, "its end")
    assert one.last_words(5) == []


def test_a_program_that_is_not_there_ends_at_once_and_says_so(tmp_path: Path) -> None:
    one = Child(children.ChildSpec("c", ("/nowhere/program",), tmp_path / "c.log"))
    one.start()
    until(lambda: one.ended() is not None, "its end")
    assert "No such file" in one.last_words(1)[0]


def test_it_is_ready_once_it_announced_itself_in_this_life(tmp_path: Path, started: list[Child]) -> None:
    code = "import os, sys; len(sys.argv) > 2 and open(sys.argv[1], 'w').write('{\"pid\": %s}' % os.getpid())\n" + STAYS
    silent = child(tmp_path, "c", code, announce=True)
    (tmp_path / "c.json").write_text('{"pid": 0}')
    started.append(silent)
    silent.start()
    assert not silent.ready()
    (tmp_path / "c.json").write_text('{"pid": 0}')
    assert not silent.ready()
    loud = child(tmp_path, "d", code, "say", announce=True)
    started.append(loud)
    loud.start()
    until(loud.ready, "announcement")
    assert loud.announced() == {"pid": loud.pid}


def test_sigterm_asks_and_kill_does_not_ask(tmp_path: Path, started: list[Child]) -> None:
    polite, deaf = child(tmp_path, "polite", STAYS), child(tmp_path, "deaf", STUBBORN)
    started += [polite, deaf]
    polite.start()
    deaf.start()
    until(lambda: deaf.last_words(1) == ["deaf"], "deafness")
    polite.ask_to_stop()
    deaf.ask_to_stop()
    until(lambda: polite.ended() is not None, "its end")
    assert polite.ended() == "killed by SIGTERM"
    assert deaf.ended() is None
    deaf.kill()
    assert deaf.ended() == "killed by SIGKILL"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from tests.floodmark.local.up.process_kit import *\n"
        "from tests.waiting import until\n"
        "import time\n"
        "all = [child(Path(sys.argv[1]), str(i), STUBBORN) for i in range(3)]\n"
        "[c.start() for c in all]\n"
        "[until(lambda: c.last_words(1) == ['deaf'], 'deafness') for c in all]\n"
        "print(*(c.pid for c in all), flush=True)\n" + STAYS
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert all(exists(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
    until(lambda: not any(exists(pid) for pid in pids), f"the end of {pids}")


def test_a_long_log_is_moved_away_while_the_child_goes_on_writing(
    tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 1000)
    code = (
        "import sys, time, pathlib\nprint('x' * 2000, flush=True)\n"
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\nprint('after', flush=True)\n" + STAYS
    )
    one = child(tmp_path, "c", code, str(tmp_path / "go"))
    started.append(one)
    one.start()
    until(lambda: (tmp_path / "c.log").stat().st_size > 2000, "a long log")
    one.housekeeping()
    (tmp_path / "go").touch()
    until(lambda: one.last_words(1) == ["after"], "the next line")
    assert (tmp_path / "c.log").read_text() == "after\n"
    assert (tmp_path / "c.log.1").stat().st_size == 2001


def test_the_tail_of_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log", 3) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [(0, "exit code 0"), (1, "exit code 1"), (-9, "killed by SIGKILL"), (-200, "killed by signal 200")],
)
def test_an_exit_code_in_words(code: int, text: str) -> None:
    assert exit_text(code) == text
