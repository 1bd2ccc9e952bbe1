import re
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from floodmark.local.up.restarts import RestartPolicy
from floodmark.local.up.supervisor import GaveUpError, Supervisor
from tests.floodmark.local.up.process_kit import STAYS, STUBBORN, child
from tests.waiting import until

QUICK = RestartPolicy(first_s=0.05, longest_s=0.1, deaths=4, within_s=60)
LIVES = "import sys; open(sys.argv[1], 'a').write('life\\n')\n"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(said.append, QUICK)
    yield one
    for component in one.components:
        component.service.kill()


def tick_until(supervisor: Supervisor, reached: object, what: str) -> None:
    def step() -> bool:
        supervisor.tick()
        return bool(reached())  # type: ignore[operator]

    until(step, what)


def test_one_that_dies_is_started_again_and_reported(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    lives = tmp_path / "lives"
    code = (
        LIVES + "import pathlib\nif len(pathlib.Path(sys.argv[1]).read_text().split()) < 3: sys.exit('ouch')\n" + STAYS
    )
    component = supervisor.add(child(tmp_path, "worker-1", code, str(lives)))
    tick_until(supervisor, lambda: component.restarts == 2 and supervisor.all_ready(), "a third life")
    assert "worker-1 ended (exit code 1); starting it again in" in said[0]
    assert said[0].endswith("\n    ouch")
    assert said[-1] == f"worker-1 runs again (pid {component.service.pid})"
    assert component.state == "running"


def test_one_that_dies_too_often_is_given_up_with_its_last_words(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.add(child(tmp_path, "store", "import sys; sys.exit('disk full')"))
    with pytest.raises(GaveUpError, match=r"store ended 4 times within 60 s.*exit code 1(.|\n)*disk full"):
        tick_until(supervisor, lambda: False, "giving up")


def test_the_others_go_on_while_one_is_down(tmp_path: Path, supervisor: Supervisor) -> None:
    stays = supervisor.add(child(tmp_path, "stays", STAYS))
    dies = supervisor.add(child(tmp_path, "dies", "raise SystemExit(1)"))
    first = stays.service.pid
    tick_until(supervisor, lambda: dies.restarts == 1, "a restart")
    assert (stays.service.pid, stays.restarts, stays.state) == (first, 0, "running")


def test_stopping_keeps_the_order_and_starts_nothing_again(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_): open(sys.argv[1], 'a').write(sys.argv[2] + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\n" + STAYS
    )
    names = ["broker", "store", "worker-1", "worker-2", "sink"]
    parts = [supervisor.add(child(tmp_path, name, code, str(order), name)) for name in names]
    for part in parts:
        until(lambda part=part: part.service.last_words(1) == ["up"], "started")
    supervisor.stop([["worker-1", "worker-2"], ["sink"], ["absent"]])
    stopped = order.read_text().split()
    assert set(stopped[:2]) == {"worker-1", "worker-2"}
    assert stopped[2:] == ["sink", "store", "broker"]
    supervisor.tick()
    assert [c.state for c in supervisor.components] == ["stopped"] * 5
    assert said == []


def test_one_that_does_not_stop_in_time_is_killed_and_that_is_said(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    deaf = supervisor.add(child(tmp_path, "deaf", STUBBORN, grace_s=0.2))
    until(lambda: deaf.service.last_words(1) == ["deaf"], "deafness")
    supervisor.stop([["deaf"]])
    assert deaf.service.ended() == "killed by SIGKILL"
    assert [re.sub(r"\d+", "N", line) for line in said] == ["deaf is killed: it did not stop within N s"]


def test_a_second_wish_to_stop_does_not_wait(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    deaf = supervisor.add(child(tmp_path, "deaf", STUBBORN, grace_s=inf))
    until(lambda: deaf.service.last_words(1) == ["deaf"], "deafness")
    supervisor.stop([["deaf"]], hastened=lambda: True)
    assert said[0].endswith(" is killed: somebody asked twice")


def test_one_may_be_given_less_than_its_grace_and_never_more(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    long, short = (supervisor.add(child(tmp_path, n, STUBBORN, grace_s=g)) for n, g in (("long", inf), ("short", 0.1)))
    for deaf in (long, short):
        until(lambda deaf=deaf: deaf.service.last_words(1) == ["deaf"], "deafness")
    supervisor.stop([["long"], ["short"]], most_s={"long": 0.1, "short": inf})
    assert len(said) == 2


def test_one_that_waits_for_its_restart_is_not_started_by_a_stop(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(said.append, RestartPolicy(first_s=0.0))
    component = supervisor.add(child(tmp_path, "c", "raise SystemExit(1)"))
    tick_until(supervisor, lambda: component.state == "waiting", "its death")
    supervisor.stop([])
    supervisor.tick()
    assert (component.state, component.restarts) == ("stopped", 0)


def test_a_component_is_found_by_its_name(tmp_path: Path, supervisor: Supervisor) -> None:
    component = supervisor.add(child(tmp_path, "store", STAYS))
    assert supervisor.find("store") is component
    with pytest.raises(KeyError):
        supervisor.find("stork")
