"""The way of one minute through the judge is the one that ARCHITECTURE.md tells."""

import re
import sys
from pathlib import Path
from types import FrameType

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.partition_judge import Effects, PartitionJudge
from processors.domain.window import end_ms
from tests.paths import ROOT
from tests.processors.domain.build import M0
from tests.processors.domain.desk import POLICY, SMALL, status

DOMAIN = ROOT / "processors" / "domain"
ASKED = {
    "incidents/attribution.py",
    "incidents/losses.py",
    "incidents/memory.py",
    "incidents/reckoning.py",
    "incidents/stream_trust.py",
    "judging/live_memory.py",
    "judging/walk.py",
}
"""They answer a question of a step, as models and rules do."""


def minute(number: int, failed: int) -> Partial:
    """A minute that closes at once."""
    counts = status(approved=100, failed=failed)
    return Partial(0, 1, 0, number, end_ms(M0 + number), minutes=[PartialMinute(M0 + number, "all", number, counts)])


def traced(judge: PartitionJudge, offset: int, partial: Partial) -> tuple[list[str], Effects]:
    """The files of judging and incidents, in the order in which they are first entered."""
    entered: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.parent in (DOMAIN / "judging", DOMAIN / "incidents"):
            entered[path.relative_to(DOMAIN).as_posix()] = None

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        step = judge.apply(offset, partial)
    finally:
        sys.setprofile(before)
    return [*entered], step


def test_the_way_from_a_record_to_a_statement_is_as_it_is_told_and_enters_nine_files() -> None:
    told = re.findall(r"^\d\. `((?:judging|incidents)/\w+\.py)`", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    judge = PartitionJudge(SMALL, POLICY)
    judge.apply(0, minute(0, failed=0))
    entered, step = traced(judge, 1, minute(1, failed=50))
    assert [statement.stated.state for outcome in step.outcomes for statement in outcome.statements] == ["firing"]
    assert [path for path in entered if path not in ASKED] == told
    assert set(entered) >= ASKED
    assert len(told) == 9
