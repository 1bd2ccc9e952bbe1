"""A judge of a scope that waits for late counts crashes at any time, and word for word the same is said."""

from copy import deepcopy

import pytest

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.window import TimePolicy
from processors.stages.judging_state import StoredNews, _encode, _news
from tests.processors.changelog.shelf import Shelf
from tests.processors.changelog.test_judged_state import Owner
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import SMALL, status
from tests.processors.domain.hearings import Told

POLICY = TimePolicy(lateness_ms=0)
LATE = 4


def records() -> list[tuple[int, Told]]:
    """A scope of which two thirds come four minutes late, and in which something is wrong now and then."""
    found: list[tuple[int, Told]] = []
    for minute in range(60):
        failed = 9 if minute in (10, 40, 41, 50) else 0
        before = minute - LATE
        held = [PartialMinute(M0 + minute, "all", 2 * minute, status(approved=30, denied=4))]
        if before >= 0:
            failed = 9 if before in (10, 40, 41, 50) else 0
            held.append(PartialMinute(M0 + before, "all", 2 * minute, status(approved=96, denied=4, failed=failed)))
        for parts, watermark_ms in ((held, None), ([], at(minute + 1))):
            offset = len(found)
            found.append((offset, Partial(0, 1, 0, offset, watermark_ms, minutes=parts)))
    return found


def owner() -> Owner:
    """Who owns the partition."""
    return Owner(Shelf(), POLICY, SMALL)


@pytest.mark.parametrize("every", [1, 7])
def test_whenever_it_crashes_the_same_is_said(every: int) -> None:
    heard, truth, crashing = records(), owner(), owner()
    truth.hear(heard)
    assert truth.state.judge.timelines["all"].wait == LATE
    for end in range(0, len(heard), every):
        crashing.hear(heard[crashing.state.position + 1 : end])
        crashing.store()
        crashing.hear(heard[end : end + 3])
        crashing.crash()
    crashing.hear(heard[crashing.state.position + 1 :])
    assert crashing.said == truth.said
    crashing.store()
    before = deepcopy(crashing.state.judge.timelines["all"])
    crashing.crash()
    after = crashing.state.judge.timelines["all"]
    assert (after.state.judged_to, after.state.arrivals) == (before.state.judged_to, before.state.arrivals)
    assert after.state.judged_to == M0 + 59 - LATE
    assert (after.parts, after.state.found) == (before.parts, before.state.found)


def test_what_was_stored_before_scopes_could_wait_is_read() -> None:
    old = _encode([{}, {M0: 2}])
    assert _news(old) == StoredNews({}, {M0: 2}, None, None)


def test_once_nobody_waits_nothing_is_stored_of_it() -> None:
    whose = owner()
    whose.hear(records())
    whose.store()
    names = set(whose.shelf.recovered().values)
    assert "i|all" in names
    assert whose.state.late_scopes == 1
    whose.crash()
    assert whose.state.late_scopes == 1, "a worker that starts knows it before the next minute closes"
    last = Partial(0, 1, 0, 500, at(3000))
    whose.hear([(500, last)])
    whose.store()
    assert "i|all" not in whose.shelf.recovered().values
    assert whose.state.late_scopes == 0
