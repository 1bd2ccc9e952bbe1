"""What late data do to what was said already: amended, withdrawn, said for the first time."""

from dataclasses import replace

import pytest

from processors.domain.judging.timeline import Part, Timeline
from processors.domain.window import Dimensions, TimePolicy
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

CALM = status(approved=100)
DENIED = status(approved=80, denied=20)


def at_work(*minutes: Dimensions, upto: int | None = None) -> Desk:
    """A desk that has judged these minutes."""
    desk = Desk()
    desk.minutes(dict(enumerate(minutes)), upto=len(minutes) if upto is None else upto)
    return desk


def test_late_data_count_again_and_raise_the_revision() -> None:
    desk = at_work(CALM, CALM)
    desk.minute(1, status(approved=103))
    assert (desk.last("approved", 1).verdict.count, desk.last("approved", 1).revision) == (103, 2)
    desk.minute(1, status(approved=104))
    assert (desk.last("approved", 1).verdict.count, desk.last("approved", 1).revision) == (104, 3)
    assert desk.last("approved", 0).revision == 1


def test_late_data_of_another_source_partition_add_up() -> None:
    desk = at_work(CALM)
    desk.minute(0, status(approved=7, failed=1), source=3)
    assert desk.last("approved", 0).verdict.count == 107
    assert desk.last("failed", 0).verdict.share == 1 / 108


def test_a_late_minute_changes_the_baseline_of_those_after_it() -> None:
    desk = at_work(CALM, CALM, CALM, CALM, CALM)
    assert desk.last("approved", 4).verdict.mean == 100
    desk.minute(1, status(approved=140))
    assert (desk.last("approved", 4).verdict.mean, desk.last("approved", 4).revision) == (110, 2)


def test_an_incident_that_late_data_undo_is_withdrawn() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=800, denied=20))
    assert desk.said == [("firing", 1, 1), ("withdrawn", 1, 2)]
    assert desk.words("denied")[1] == "warming_up"
    desk.until(9)
    assert desk.said == [("firing", 1, 1), ("withdrawn", 1, 2)], "nothing more comes of it"


def test_an_incident_that_late_data_bring_about_fires() -> None:
    desk = at_work(CALM, status(approved=100, failed=5))
    assert desk.said == []
    desk.minute(1, status(approved=100, failed=6))
    assert desk.said == [("firing", 1, 1)]
    assert desk.words("failed")[1] == "critical"


def test_an_incident_that_late_data_bring_about_when_it_is_over_already_fires_and_resolves() -> None:
    desk = at_work(CALM, CALM, CALM, CALM, CALM)
    desk.minute(1, status(approved=100, failed=6))
    assert desk.said == [("firing", 1, 1), ("resolved", 1, 2)]
    assert desk.statements[-1].stated.incident.judged == M0 + 3
    assert [s.minute - M0 for s in desk.statements] == [1, 3]


def test_an_open_incident_with_other_numbers_is_amended() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=80, denied=120))
    assert desk.said == [("firing", 1, 1), ("amended", 1, 2)]
    assert desk.statements[-1].stated.incident.severity == "critical"
    assert desk.statements[-1].stated.incident.peak == 120


def test_an_amended_incident_is_updated_and_resolved_like_any_other() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=80, denied=30))
    desk.minutes({2: DENIED, 3: CALM, 4: CALM}, upto=5)
    assert [s for s, _, _ in desk.said] == ["firing", "amended", "updated", "resolved"]
    assert [r for _, _, r in desk.said] == [1, 2, 3, 4]


def test_an_incident_may_turn_out_to_have_ended_earlier() -> None:
    desk = at_work(CALM, DENIED, DENIED, CALM)
    desk.minute(2, status(approved=800, denied=20))
    assert desk.said == [("firing", 1, 1), ("updated", 1, 2), ("resolved", 1, 3)]
    assert (desk.statements[-1].stated.incident.last_seen, desk.statements[-1].minute) == (M0 + 1, M0 + 3)


def test_an_incident_that_is_over_may_turn_out_to_go_on() -> None:
    desk = at_work(CALM, DENIED, CALM, CALM)
    assert desk.said[-1] == ("resolved", 1, 2)
    desk.minute(3, DENIED)
    assert desk.said[-1] == ("amended", 1, 3)
    assert not desk.statements[-1].stated.incident.resolved
    desk.until(6)
    assert desk.said[-1] == ("resolved", 1, 4)
    assert desk.statements[-1].minute == M0 + 5


def test_an_incident_that_is_over_and_changes_is_still_over() -> None:
    """`amended` would be the last word on it, and who counts open incidents would count it for ever."""
    desk = at_work(CALM, DENIED, CALM, CALM, CALM, CALM)
    desk.minute(2, DENIED)
    assert desk.said == [("firing", 1, 1), ("resolved", 1, 2), ("resolved", 1, 3)]
    assert (desk.statements[-1].stated.incident.last_seen, desk.statements[-1].minute) == (M0 + 2, M0 + 4)


def test_an_incident_that_turns_out_to_begin_later_is_another_one() -> None:
    desk = at_work(CALM, DENIED, DENIED)
    desk.minute(1, status(approved=800, denied=20))
    assert desk.said == [("firing", 1, 1), ("updated", 1, 2), ("firing", 2, 1), ("withdrawn", 1, 3)]
    first, second = desk.statements[0].stated.incident, desk.statements[2].stated.incident
    assert first.id != second.id


def test_what_was_withdrawn_may_fire_again_under_the_same_id() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=800, denied=20))
    desk.minute(1, status(approved=800, denied=200))
    assert desk.said == [("firing", 1, 1), ("withdrawn", 1, 2), ("firing", 1, 3)]
    assert len({s.stated.incident.id for s in desk.statements}) == 1


def test_what_was_withdrawn_is_remembered_while_it_may_fire_again() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=800, denied=20))
    desk.until(6)
    assert desk.judge.timelines["all"].is_settled(M0)
    desk.minute(1, status(approved=800, denied=200))
    assert desk.said == [("firing", 1, 1), ("withdrawn", 1, 2), ("firing", 1, 3), ("resolved", 1, 4)]


def test_a_withdrawn_incident_is_not_withdrawn_twice() -> None:
    desk = at_work(CALM, DENIED)
    desk.minute(1, status(approved=800, denied=20))
    desk.minute(1, status(approved=900, denied=20))
    assert [s for s, _, _ in desk.said] == ["firing", "withdrawn"]


def test_a_record_that_adds_nothing_to_its_minute_says_nothing_of_the_incident() -> None:
    """A late zero moves the offset that is counted in; the verdict carries it, but nobody is told of a change."""
    desk = at_work(CALM, DENIED)
    desk.minute(1, DENIED)
    assert desk.said == [("firing", 1, 1)]
    assert (desk.last("denied", 1).revision, desk.last("denied", 1).verdict.offsets) == (2, {"0": 3})


def test_a_repeat_or_an_older_part_says_nothing() -> None:
    desk = at_work(CALM, DENIED)
    published = len(desk.verdicts)
    desk.minute(1, DENIED, offset=1)
    desk.minute(1, CALM, offset=0)
    assert len(desk.verdicts) == published
    assert desk.said == [("firing", 1, 1)]


def test_data_of_a_minute_before_the_first_one_seen_are_not_too_late() -> None:
    desk = Desk()
    desk.minutes({3: CALM, 4: CALM}, upto=5)
    desk.minute(1, status(approved=100, failed=6))
    assert desk.too_late == []
    assert desk.said == [("firing", 1, 1), ("resolved", 1, 2)]
    assert desk.words("approved") == dict.fromkeys(range(1, 4), "warming_up") | {2: "no_data", 4: "warming_up"}
    assert desk.last("approved", 1).revision == 1
    assert desk.last("failed", 3).revision == 2


@pytest.mark.parametrize(("second", "counts"), [(29.999, True), (30, False)])
def test_data_are_too_late_from_the_instant_their_minute_is_settled(second: float, *, counts: bool) -> None:
    """Minute 1 ends at 2:00; with 90 s to revise it is settled at 3:30, though no minute closes there."""
    desk = Desk(policy=TimePolicy(lateness_ms=0, revise_for_ms=90_000))
    desk.minutes({0: CALM, 1: CALM}, upto=3)
    desk.until(3, second)
    desk.minute(1, status(approved=101))
    assert desk.too_late == ([] if counts else [("all", 1)])
    assert desk.last("approved", 1).verdict.count == (101 if counts else 100)


def test_the_first_data_of_a_scope_may_be_too_late_as_well() -> None:
    desk = at_work(CALM, upto=9)
    step = desk.minute(1, CALM, scope="shop")
    assert desk.too_late == [("shop", 1)]
    assert step.scopes == set()
    assert "shop" not in desk.judge.timelines


def test_a_repeat_of_what_is_settled_is_nothing_late() -> None:
    desk = at_work(CALM, CALM, upto=9)
    desk.minute(0, CALM, offset=0)
    assert desk.too_late == []


def test_late_data_in_a_silence_that_was_jumped_over_are_judged() -> None:
    desk = Desk()
    desk.minutes({0: CALM}, upto=100)
    desk.minutes({100: CALM}, upto=101)
    desk.minute(98, status(approved=100, failed=6))
    assert desk.said == [("firing", 98, 1), ("resolved", 98, 2)]
    assert {m: desk.last("approved", m).revision for m in (98, 99, 100)} == {98: 1, 99: 1, 100: 1}
    assert desk.last("failed", 98).revision == 1


def test_a_minute_of_a_jumped_silence_that_is_settled_is_too_late() -> None:
    desk = Desk()
    desk.minutes({0: CALM}, upto=100)
    desk.minute(60, CALM)
    assert desk.too_late == [("all", 60)]


@pytest.mark.parametrize("late", [None, status(approved=90, denied=20)])
def test_when_it_starts_again_with_other_rules_what_they_find_as_well_goes_on_and_ends(late: Dimensions | None) -> None:
    desk = at_work(CALM, DENIED, DENIED)
    timeline = desk.judge.timelines["all"]
    share = replace(SMALL.rule("share"), minimum_total=2)
    others = replace(SMALL, version="v2", rules=(SMALL.rules[0], share))
    again = Timeline(others, POLICY, "all", timeline.state, timeline.parts)
    if late is None:
        assert again.advance(at(4)).statements == []
    else:
        assert again.hear(M0 + 2, 0, Part(0, 99, late))
        assert [s.stated.state for s in again.revise().statements] == ["amended"]
    (over,) = again.advance(at(9)).statements
    assert (over.stated.state, over.stated.incident.id) == ("resolved", desk.statements[0].stated.incident.id)


def test_an_incident_is_amended_for_what_people_see_and_not_for_offsets() -> None:
    timeline = Timeline(SMALL, POLICY, "all")
    timeline.hear(M0, 0, Part(0, 5, DENIED))
    timeline.advance(at(1))
    assert timeline.hear(M0, 0, Part(0, 6, DENIED))
    outcome = timeline.revise()
    assert outcome.statements == []
    assert [v.revision for v in outcome.verdicts] == [2, 2]


def test_a_timeline_knows_which_minutes_are_settled() -> None:
    timeline = Timeline(SMALL, replace(POLICY, revise_for_ms=0), "all")
    assert not timeline.is_settled(M0)
    timeline.hear(M0, 0, Part(0, 5, CALM))
    timeline.advance(at(1))
    assert timeline.is_settled(M0)
    assert not timeline.is_settled(M0 + 1)
