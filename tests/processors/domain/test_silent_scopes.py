"""Scopes of which nothing comes any more: what is said of them, what it costs, and that they leave."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge, relive
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.silence import PATIENCE, given_up, is_followed, is_stop, missed
from processors.domain.judging.timeline import Part, Statement, Timeline, TimelineState
from processors.domain.model import ScopeModel
from processors.domain.model.volume import SPAN
from processors.domain.rules import Comparison, IsolationForest, Rule, Series, VolumeDrop, ZScore
from processors.domain.window import TOTAL, VOLUME, TimePolicy, end_ms
from processors.stages.alert_words import summary
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.desk import MIXED, SMALL, Desk, last_words, status
from tests.processors.domain.forests import forest
from tests.processors.domain.test_one_answer import plain, without_offsets
from tests.processors.domain.traffic import DAY, HOUR, NOON, RULES, known, traffic

POLICY = TimePolicy(lateness_ms=0)
DROP = VolumeDrop("drop")
GONE = "nothing has come for 24 h: it counts as gone, and is watched again once something comes"


def seen_once(**counts: int) -> Desk:
    desk = Desk(RULES, POLICY)
    desk.minute(0, status(**counts))
    desk.until(1)
    return desk


@pytest.mark.parametrize("count", [1, 30, 5_000])
def test_a_scope_seen_once_has_rows_for_ten_more_minutes_and_no_incident(count: int) -> None:
    desk = seen_once(approved=count)
    desk.until(3 * DAY)
    assert [*desk.words("approved").values()] == ["warming_up", *["no_data"] * PATIENCE]
    assert desk.statements == []


def test_a_scope_seen_once_costs_nothing_from_then_on_and_leaves_after_the_time_that_is_set() -> None:
    policy = replace(POLICY, forget_after_minutes=2 * DAY)
    desk = Desk(RULES, policy)
    desk.minute(0, status(approved=3))
    moved = [m for m in range(1, 200) if desk.until(m).scopes]
    assert moved == [*range(1, PATIENCE + 17)], "closed, then settled 15 minutes later"
    desk.until(2 * DAY)
    assert list(desk.judge.timelines) == ["all"]
    desk.until(2 * DAY + 1)
    assert list(desk.judge.timelines) == []
    assert desk.judge.take_changed() == {"all"}


def with_ids_as_scopes(scopes: int) -> tuple[Desk, list[int]]:
    """A scope that goes on and, each minute, one that is seen once; how many left in each minute."""
    desk = Desk(judge=PartitionJudge(RULES, POLICY, scopes=scopes))
    left = []
    for minute in range(100):
        desk.minute(minute, status(approved=5), scope="shop")
        desk.minute(minute, status(approved=1), scope=f"id-{minute}")
        left.append(desk.until(minute + 1).crowded_out)
    return desk, left


def test_of_too_many_scopes_those_leave_that_have_been_silent_for_longest() -> None:
    desk, left = with_ids_as_scopes(40)
    assert left == [0] * 39 + [1] * 61
    assert list(desk.judge.timelines) == ["shop", *(f"id-{minute}" for minute in range(61, 100))]


def test_a_scope_that_does_not_rest_stays_however_many_there_are() -> None:
    desk, left = with_ids_as_scopes(3)
    settled = PATIENCE + 16
    assert left == [0] * settled + [1] * (100 - settled)
    assert list(desk.judge.timelines) == ["shop", *(f"id-{minute}" for minute in range(100 - settled, 100))]
    assert "no_data" not in desk.words("approved").values()


def experienced(policy: TimePolicy = POLICY, minutes: int = 5) -> Timeline:
    """A timeline that knows the days before, some minutes into another one as ever; from then on there is silence."""
    timeline = Timeline(RULES, policy, "all", TimelineState.after(NOON - 1, known()))
    for minute in range(NOON, NOON + minutes):
        timeline.hear(minute, 0, Part(0, minute, traffic(minute)))
    timeline.advance(end_ms(NOON + minutes - 1))
    return timeline


def advanced(timeline: Timeline, upto: int) -> list[Statement]:
    """What is said up to so many minutes after noon."""
    return timeline.advance(end_ms(NOON + upto - 1)).statements


def test_where_traffic_is_expected_silence_is_found_and_ends_in_words_after_the_time_that_is_set() -> None:
    timeline = experienced()
    said = advanced(timeline, 3 * DAY)
    assert [s.stated.state for s in said if s.stated.state != "updated"] == ["firing", "resolved"]
    assert said[0].minute < NOON + 10
    assert (said[-1].minute, said[-1].stated.incident.because) == (NOON + 4 + DAY, (GONE,))
    assert summary(said[-1].stated).startswith(f"volume in all: {GONE}; ")
    lost = said[-1].stated.incident.lost
    assert lost > 20 * HOUR * 50
    assert 0 <= lost - said[-2].stated.incident.lost < 10 * 250, "since it was last told of, ten minutes at the latest"


def test_a_scope_that_is_gone_leaves_though_it_had_an_incident() -> None:
    policy = replace(POLICY, max_gap_minutes=HOUR, forget_after_minutes=3 * HOUR)
    judge = PartitionJudge(RULES, policy, timelines={"all": experienced(policy)})
    desk = Desk(judge=judge)
    first = NOON + 4 - M0
    desk.until(first + 3 * HOUR - 1)
    desk.until(first + 3 * HOUR)
    assert list(judge.timelines) == ["all"]
    desk.until(first + 3 * HOUR + 1)
    assert judge.timelines == {}


def test_what_comes_back_after_it_was_given_up_opens_nothing_and_begins_anew() -> None:
    timeline = experienced(replace(POLICY, max_gap_minutes=HOUR))
    advanced(timeline, 3 * HOUR)
    for minute in range(NOON + 3 * HOUR, NOON + 5 * HOUR):
        timeline.hear(minute, 0, Part(0, minute, traffic(minute)))
    assert advanced(timeline, 5 * HOUR) == []


def test_an_incident_that_an_older_release_left_open_of_a_scope_that_is_gone_ends_too() -> None:
    """So it does when the time after which a scope is given up is made shorter."""
    timeline = experienced(minutes=5)
    said = advanced(timeline, 3 * HOUR)
    assert said[-1].stated.state == "updated"
    state = timeline.state
    again = Timeline(RULES, replace(POLICY, max_gap_minutes=HOUR), "all", state, timeline.parts)
    (over,) = again.advance(end_ms(NOON + 3 * HOUR)).statements
    assert (over.stated.state, over.stated.incident.id) == ("resolved", said[0].stated.incident.id)
    assert "counts as gone" in over.stated.incident.because[0]
    for minute in range(20):
        assert again.advance(end_ms(NOON + 3 * HOUR + minute)).statements == []
    assert again.state.stated == {}
    assert not again.has_gone_silent(NOON + 4 + POLICY.forget_after_minutes)
    assert again.has_gone_silent(NOON + 5 + POLICY.forget_after_minutes)


def test_data_that_come_for_a_scope_at_rest_are_judged_and_it_stays() -> None:
    desk = seen_once(approved=3)
    desk.until(300)
    desk.minute(300, status(approved=4))
    desk.until(301)
    assert desk.last("approved", 300).verdict.count == 4
    assert [m for m in desk.words("approved") if m > PATIENCE] == [300]


# --- what is skipped is made up for ----------------------------------------------------------------------------------


def walked(memory: ScopeMemory, minutes: range) -> ScopeMemory:
    for minute in minutes:
        relive(JudgedScope(RULES, memory, "all"), minute, MinuteCounts())
    return memory


@pytest.mark.parametrize("silent", [PATIENCE, PATIENCE + 1, 100, SPAN + 100 + PATIENCE, 600, DAY])
def test_the_memory_goes_on_as_if_every_silent_minute_had_been_heard(silent: int) -> None:
    desk = seen_once(approved=3, denied=1)
    desk.until(1 + silent)
    back = 1 + silent
    desk.minute(back, status(approved=2))
    desk.until(back + 1)
    live = desk.judge.timelines["all"].wake()
    every = ScopeMemory()
    judge(JudgedScope(RULES, every, "all"), M0, MinuteCounts(status(approved=3, denied=1)))
    every.last_data = M0
    walked(every, range(M0 + 1, M0 + back))
    judge(JudgedScope(RULES, every, "all"), M0 + back, MinuteCounts(status(approved=2)))
    every.last_data = M0 + back
    if silent <= SPAN + 100 + PATIENCE:
        assert live == every
    assert live.model.volume.totals == every.model.volume.totals
    assert live.model.totals == every.model.totals
    assert live.model.shares == every.model.shares
    assert live.dimensions == every.dimensions


def test_of_a_long_silence_its_beginning_and_its_end_are_heard() -> None:
    assert [*missed(5, 5)] == []
    assert [*missed(5, 225)] == list(range(5, 225))
    assert [*missed(5, 10_000)] == [*range(5, 55), *range(10_000 - 170, 10_000)]


@pytest.mark.story
@settings(PROPERTY, max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 2, 5, 40]), st.integers(1, 45)), min_size=1, max_size=8),
    st.integers(0, DAY),
)
@example([(1, 200), (0, 5)], 0)
@example([(40, 15), (0, 10)], 700)
@example([(2, 30), (0, 1), (2, 60)], 300)
def test_nothing_is_ever_found_in_a_silence_that_is_not_followed(story: list[tuple[int, int]], start: int) -> None:
    rules, memory = replace(RULES, rules=(DROP,)), ScopeMemory()
    minute = M0 + start
    for count, lasts in story:
        for _ in range(lasts):
            judge(JudgedScope(rules, memory, "all"), minute, MinuteCounts(status(approved=count) if count else {}))
            memory.last_data = minute if count or memory.last_data is None else memory.last_data
            minute += 1
    assert memory.last_data is not None
    is_over = False
    for silent in range(minute, minute + 400):
        is_over = is_over or not is_followed(JudgedScope(rules, memory, "all"), silent)
        steps = judge(JudgedScope(rules, memory, "all"), silent, MinuteCounts()).steps
        assert not (is_over and steps)
    assert is_over or memory.incidents


@settings(PROPERTY, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0, 1, 2, 9]), st.integers(0, 3)), min_size=1, max_size=10),
    st.sampled_from([RULES, MIXED]),
)
def test_late_data_in_and_after_a_silence_end_as_the_final_counts(
    told: list[tuple[int, int, int]], rules: object
) -> None:
    policy = replace(POLICY, revise_for_ms=3 * HOUR * 60_000, max_gap_minutes=40, anchor_every=7)
    late, once = (Desk(rules, policy) for _ in range(2))  # type: ignore[arg-type]  # of two rule sets
    final = {minute: status(approved=10 + count, failed=count) for minute, count, _ in told}
    now = 0
    for minute, count, behind in told:
        now = max(now, minute + 15 * behind)
        late.until(now)
        late.minute(minute, status(approved=10 + count, failed=count))
    late.until(110)
    once.minutes(dict(sorted(final.items())), upto=110)
    words = [
        {place: without_offsets(v.verdict) for place, v in last_words(desk.verdicts).items() if v.verdict.total}
        for desk in (late, once)
    ]
    assert words[0] == words[1]
    assert last_said(late) == last_said(once)


def last_said(desk: Desk) -> dict[str, Incident]:
    """What is known of each incident in the end."""
    said = {s.stated.incident.id: s.stated for s in desk.statements}
    return {id_: plain(each.incident) for id_, each in said.items() if each.state != "withdrawn"}


def test_a_silence_that_late_data_end_earlier_is_skipped_from_there() -> None:
    rules = replace(SMALL, resolve_after=15)
    late, once = Desk(rules, POLICY), Desk(rules, POLICY)
    late.minute(0, status(approved=90, failed=9))
    late.until(13)
    late.minute(0, status(approved=90, failed=1))
    timeline = late.judge.timelines["all"]
    assert late.said == [("firing", 0, 1), ("withdrawn", 0, 2)]
    assert timeline.state.anchors[-1].minute == M0 + PATIENCE
    late.minute(20, status(approved=80))
    late.until(21)
    once.minutes({0: status(approved=90, failed=1), 20: status(approved=80)}, upto=21)
    assert timeline.wake() == once.judge.timelines["all"].wake()


# --- what a rule hears of silence ------------------------------------------------------------------------------------


def of_volume(model: ScopeModel | None = None) -> ScopeModel:
    return model or ScopeModel()


def test_rules_that_watch_no_volume_hear_no_silence() -> None:
    assert not ZScore("z").hears_silence(of_volume())
    assert not Comparison("days").hears_silence(of_volume())


def test_a_comparison_of_the_volume_hears_it_once_a_day_is_known() -> None:
    rule = Comparison("days", dimension=VOLUME, keys=(TOTAL,))
    model = ScopeModel()
    assert not rule.hears_silence(model)
    for minute in range(M0, M0 + 2 * HOUR):
        model.hear(minute, status_counts(5), ())
        model.remember(minute, {VOLUME: ()})
    assert rule.hears_silence(model)


def test_a_forest_and_a_drop_hear_it_where_volume_is_expected() -> None:
    trees = IsolationForest("odd", model="m", forest=forest())
    fresh = ScopeModel()
    assert not trees.hears_silence(fresh)
    assert not DROP.hears_silence(fresh)
    usual = known().model
    assert trees.hears_silence(usual)
    assert DROP.hears_silence(usual)


def status_counts(count: int) -> dict[str, dict[str, int]]:
    return {"status": {"approved": count}}


def test_a_rule_that_says_nothing_of_it_is_taken_to_hear_the_silence_of_what_it_watches() -> None:
    class Own(Rule):
        dimensions = (VOLUME,)

        def judge(self, series: Series) -> None:
            """Nothing."""

    assert Own("own", dimension=VOLUME).hears_silence(ScopeModel())
    assert not Own("own").hears_silence(ScopeModel())


def test_stops_lie_ten_minutes_apart() -> None:
    assert [silent for silent in range(35) if is_stop(silent)] == [10, 20, 30]


def test_who_is_given_up_is_told_of_in_minutes_or_hours_and_has_no_incident_left() -> None:
    desk = Desk(SMALL)
    desk.minutes({0: status(approved=1, failed=9)}, upto=1)
    memory = desk.judge.timelines["all"].wake()
    words = []
    for minutes in (59, 60, 61, 120):
        again = memory.copy()
        ((step, incident),) = given_up(JudgedScope(SMALL, again, "all"), M0 + minutes)
        assert (step, incident.resolved, incident.judged) == ("resolved", True, M0 + minutes)
        assert (again.incidents, again.members, again.rebound) == ({}, {}, None)
        words.append(said(incident))
    assert words == ["59 minutes", "60 minutes", "61 minutes", "2 h"]


def said(incident: Incident) -> str:
    return incident.because[0].removeprefix("nothing has come for ").partition(":")[0]
