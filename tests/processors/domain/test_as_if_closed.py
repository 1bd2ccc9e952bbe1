"""What would come of an open minute if it closed now is what comes of it when it does, and asking changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from processors.domain.judging.judge import Judged
from processors.domain.judging.snapshot import pack
from processors.domain.judging.timeline import Timeline
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import Dimensions
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.desk import MIXED, POLICY, SMALL, Desk, last_words, status

COUNTS = st.dictionaries(st.sampled_from(["approved", "denied", "failed"]), st.integers(0, 12), min_size=1)
DAY = st.dictionaries(st.integers(0, 12), COUNTS, max_size=10)


def plain(verdict: MinuteVerdict) -> tuple[object, ...]:
    """All of it but the offsets: what has not come has none."""
    fields = MinuteVerdict.__struct_fields__
    return tuple(repr(getattr(verdict, name)) for name in fields if name != "offsets")


def timeline(desk: Desk) -> Timeline:
    return desk.judge.timelines["all"]


def asked(desk: Desk, minute: int, more: Dimensions) -> Judged:
    judged = timeline(desk).as_if_closed(M0 + minute, more)
    assert judged is not None
    return judged


@PROPERTY
@given(DAY, COUNTS, COUNTS, st.integers(13, 40))
def test_the_closed_minute_is_what_was_foretold(
    day: dict[int, dict[str, int]], so_far: dict[str, int], more: dict[str, int], minute: int
) -> None:
    desk = Desk(MIXED)
    desk.minute(0, status(approved=9))
    desk.minutes({m: status(**counts) for m, counts in day.items()}, upto=13)
    desk.minute(minute, status(**so_far))
    foretold = asked(desk, minute, status(**more))
    whole = {key: so_far.get(key, 0) + more.get(key, 0) for key in {*so_far, *more}}
    glanced = timeline(desk).glance_if_closed(M0 + minute, status(**more))
    if glanced is not None:
        by_key = {v.key: plain(v) for v in foretold.verdicts if v.dimension == "status"}
        assert {look.series.key: plain(look.verdict) for look in glanced} == {key: by_key[key] for key in more}
    assert (glanced is None) is any(look.findings for look in foretold.looks if look.series.key in more)
    desk.minute(minute, status(**whole))
    desk.until(minute + 1)
    closed = [v.verdict for (_, _, _, m), v in last_words(desk.verdicts).items() if m == minute]
    assert sorted(map(plain, closed)) == sorted(map(plain, foretold.verdicts))


@PROPERTY
@given(DAY, COUNTS, st.integers(13, 40))
def test_asking_changes_nothing(day: dict[int, dict[str, int]], more: dict[str, int], minute: int) -> None:
    desk, other = Desk(MIXED), Desk(MIXED)
    for each in (desk, other):
        each.minute(0, status(approved=9))
        each.minutes({m: status(**counts) for m, counts in day.items()}, upto=13)
    asked(desk, minute, status(**more))
    timeline(desk).glance_if_closed(M0 + minute, status(**more))
    for each in (desk, other):
        each.minutes({14: status(approved=4, failed=9), 15: status(approved=5)}, upto=16)
    assert desk.said == other.said
    assert desk.verdicts == other.verdicts
    assert timeline(desk).state.anchors == timeline(other).state.anchors


def test_a_minute_that_is_judged_is_not_judged_again() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=9)}, upto=1)
    assert timeline(desk).as_if_closed(M0, status(failed=9)) is None
    assert timeline(desk).glance_if_closed(M0, status(approved=9)) is None


def test_a_minute_too_far_ahead_is_not_asked_for_at_any_price() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=9)}, upto=1)
    assert timeline(desk).as_if_closed(M0 + 4, status(failed=9), most=3) is None
    assert timeline(desk).glance_if_closed(M0 + 4, status(approved=9), most=3) is None
    assert timeline(desk).as_if_closed(M0 + 4, status(failed=9), most=4) is not None


def test_a_scope_that_nobody_has_heard_of_begins_with_what_is_asked() -> None:
    new = Timeline(SMALL, POLICY, "all")
    judged = new.as_if_closed(M0, status(failed=9))
    assert judged is not None
    assert [(v.key, v.count, v.verdict) for v in judged.verdicts] == [("failed", 9, "critical")]
    assert not len(new.parts)
    assert new.state.judged_to is None


def test_a_scope_that_rests_in_its_anchor_is_asked_as_one_that_is_awake() -> None:
    desk = Desk()
    desk.minutes({m: status(approved=9, failed=1) for m in range(8)}, upto=8)
    awake = asked(desk, 8, status(approved=9, failed=6))
    again = Timeline(SMALL, POLICY, "all", timeline(desk).state, timeline(desk).parts)
    at_rest = again.as_if_closed(M0 + 8, status(approved=9, failed=6))
    assert at_rest is not None
    assert list(map(plain, at_rest.verdicts)) == list(map(plain, awake.verdicts))


def test_the_memory_is_the_same_after_it_was_asked() -> None:
    desk = Desk(MIXED)
    desk.minutes({m: status(approved=9, failed=1) for m in range(8)}, upto=8)
    live = timeline(desk).wake()
    before = pack(live)
    asked(desk, 9, status(failed=30))
    assert pack(live) == before


def test_a_timeline_that_was_woken_remembers_what_it_did() -> None:
    desk = Desk()
    desk.minutes({m: status(approved=9, denied=m % 3) for m in range(8)}, upto=8)
    known = timeline(desk)
    resting = Timeline(SMALL, POLICY, "all", known.state, known.parts)
    assert pack(resting.wake()) == pack(known.wake())
    assert Timeline(SMALL, POLICY, "all").wake() is None


def test_what_has_come_of_the_open_minute_counts_and_stays() -> None:
    desk = Desk()
    desk.minutes({m: status(approved=9) for m in range(8)}, upto=8)
    desk.minute(8, status(approved=5))
    before = timeline(desk).parts.as_dicts()
    glanced = timeline(desk).glance_if_closed(M0 + 8, status(approved=4))
    assert glanced is not None
    assert [(look.series.key, look.verdict.count) for look in glanced] == [("approved", 9)]
    assert [v.count for v in asked(desk, 8, status(approved=4)).verdicts if v.key == "approved"] == [9]
    assert timeline(desk).parts.as_dicts() == before


def test_where_something_is_found_a_glance_is_not_enough() -> None:
    desk = Desk(MIXED)
    desk.minutes({m: status(approved=9) for m in range(8)}, upto=8)
    assert timeline(desk).glance_if_closed(M0 + 8, status(approved=1, failed=12)) is None


def test_a_timeline_with_anchors_needs_what_came_after_the_first_of_them() -> None:
    desk = Desk()
    desk.minutes({m: status(approved=9, failed=1) for m in range(8)}, upto=8)
    first = timeline(desk).state.anchors[0].minute
    assert timeline(desk).needs_from == first + 1
