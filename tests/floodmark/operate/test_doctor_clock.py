"""What the doctor says of the clock of this machine; times are seconds of a clock that is right."""

import pytest

from floodmark.operate.doctor.clock import ADVICE, judge_clock
from floodmark.operate.doctor.finding import CheckFinding


class Worked:
    """A broker whose workers write every three seconds until they stop, and a machine whose clock is off."""

    def __init__(self, off_s: float = 0.0, writes_until: float = 1e9) -> None:
        self.now = 10_000.0
        self.off_s, self.writes_until = off_s, writes_until

    def ends(self, slots: object) -> dict[tuple[str, int], int]:
        raise AssertionError(f"nobody asks for the ends of {slots}")

    def newest_ms(self) -> int | None:
        return int(1000 * (min(self.now, self.writes_until) // 3 * 3))

    def judged(self) -> CheckFinding:
        def pause(seconds: float) -> None:
            self.now += seconds

        return judge_clock(self, lambda: self.now, lambda: self.now + self.off_s, pause)


class Unwritten(Worked):
    def newest_ms(self) -> int | None:
        return None


@pytest.mark.parametrize("off_s", [0.0, 20.0, -20.0])
def test_a_clock_that_agrees_is_well(off_s: float) -> None:
    assert Worked(off_s).judged() == CheckFinding("clock", "ok", "agrees with the broker's")


@pytest.mark.parametrize(("off_s", "way"), [(-3600.0, "behind"), (3600.0, "ahead of")])
def test_one_that_is_off_fails_and_says_how_far(off_s: float, way: str) -> None:
    finding = Worked(off_s).judged()
    assert (finding.level, finding.advice) == ("fail", ADVICE)
    assert finding.found == f"the clock of this machine is 3600 s {way} the broker's"


@pytest.mark.parametrize(
    ("broker", "why"),
    [
        (Worked(3600.0, writes_until=9_000), "no worker wrote for 5 s"),
        (Unwritten(), "workers have written nothing yet"),
    ],
)
def test_where_nobody_writes_nothing_is_known(broker: Worked, why: str) -> None:
    assert broker.judged() == CheckFinding("clock", "ok", f"cannot be compared with the broker's: {why}")
