"""Silence of scopes of which so little comes that only hours say anything."""

from dataclasses import replace

import pytest

from processors.domain.clock import SummerClock
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.stream_trust import Watch
from processors.domain.judging.silence import wakes_at
from processors.domain.judging.timeline import Part, Statement, Timeline, TimelineState
from processors.domain.missing import Hole
from processors.domain.model import ScopeModel, VolumeModel
from processors.domain.model.habits import DAY, QUARTER, Habits
from processors.domain.model.long_silence import due_in, quarter_after, strength_of_none
from processors.domain.model.tails import counts_at_most
from processors.domain.model.volume import SPAN
from processors.domain.rules import Series, VolumeDrop, ZScore
from processors.domain.ruleset import RuleSet
from processors.domain.window import TOTAL, VOLUME, TimePolicy, end_ms

MONDAY = 4
START = (MONDAY + 8) * DAY
"""A quarter hour: midnight of the second Tuesday."""
LAST = START * QUARTER - 1
"""The minute before it."""
DROP = VolumeDrop("drop")
RULES = RuleSet("drops", "v1", rules=(DROP,))
HOUR = 60


def habits(days: int = 8, count: float = 1.0, less: dict[int, float] | None = None) -> Habits:
    """Of the days before START, `count` in each quarter hour; on the days in `less` (1 is the last) so many."""
    found = Habits()
    for number in range(START - days * DAY, START):
        back = (START - 1 - number) // DAY + 1
        found.learn(number, (less or {}).get(back, count) / QUARTER, barred=False)
    return found


def due(found: Habits, quarters: int = 24) -> float:
    return float(due_in(found, START, quarters)[-1])


# --- what is due -----------------------------------------------------------------------------------------------------


def test_what_is_due_is_what_the_same_hours_held_on_earlier_days() -> None:
    assert due_in(habits(), START, 4) == pytest.approx([1, 2, 3, 4], rel=0.01)


def test_no_more_is_due_than_on_the_same_weekday_a_week_ago() -> None:
    assert due(habits(less={7: 0.25})) == pytest.approx(6, rel=0.01)


def test_no_more_is_due_than_on_the_best_of_the_last_three_days() -> None:
    assert due(habits(less={1: 0.0, 2: 0.5, 3: 0.0})) == pytest.approx(12, rel=0.01)


def test_no_more_is_due_than_as_a_mean() -> None:
    assert due(habits(less={4: 0.0, 5: 0.0})) == pytest.approx(24 * 6 / 8, rel=0.01)


def test_nothing_is_due_while_a_week_is_not_known() -> None:
    assert not due_in(habits(days=6), START, 24).any()
    assert not due_in(Habits(), START, 24).any()
    assert len(due_in(habits(), START, 0)) == 0


def test_of_a_scope_that_is_busy_at_any_time_nothing_is_due() -> None:
    assert due(habits(less={8: 14.0})) > 0
    assert due(habits(less={8: 16.0})) == 0


def test_of_days_that_the_silence_reaches_into_nothing_is_asked() -> None:
    assert due(habits(days=9, less={1: 0.0}), 97) == pytest.approx(97 * 7 / 7, rel=0.02)
    assert len(due_in(habits(), START, 500)) == 2 * DAY


def test_a_quarter_hour_that_nobody_heard_held_nothing() -> None:
    found = habits()
    found.skip_to(START + 4)
    found.learn(START + 4, 2.0, barred=False)
    assert found.begin == START - 8 * DAY
    assert found.counts(START - 1, 6) == pytest.approx([1, 0, 0, 0, 0, 30], rel=0.01)
    assert Habits().begin is None


@pytest.mark.parametrize("expected", [1.0, 10.0, 25.0, 60.0])
def test_its_strength_is_that_of_none_by_the_exact_tail(expected: float) -> None:
    exact = counts_at_most(0, expected, 1.3 * expected + (0.2 * expected) ** 2)
    assert strength_of_none(expected) == pytest.approx(exact, rel=1e-6)


def test_the_first_whole_quarter_hour_counts() -> None:
    assert [quarter_after(minute) for minute in (0, 14, 15)] == [1, 1, 2]


# --- when it is found ------------------------------------------------------------------------------------------------


def model(count: float = 1.0, **more: object) -> ScopeModel:
    """Of a scope that has been silent for two hours and knows eight days."""
    volume = VolumeModel(habits=habits(count=count), **more)  # type: ignore[arg-type]  # by name
    for minute in range(LAST - SPAN + 1, LAST + 1):
        volume.hear(minute, 0, barred=False)
    return ScopeModel(volume)


def series(minute: int, last: int, known: ScopeModel) -> Series:
    return Series(VOLUME, TOTAL, 0, 0, None, (), minute, known, last_data=last)


def test_silence_is_found_in_the_minute_that_was_said_before() -> None:
    known = model()
    at = DROP.wakes_at(known, LAST, LAST + DAY * QUARTER)
    assert at == LAST + 21 * QUARTER, "21 were due then, and 20 say 5.9"
    assert DROP.judge(series(at - 1, LAST, known)) is None
    found = DROP.judge(series(at, LAST, known))
    assert found is not None
    assert (found.because, found.window, found.observed) == (
        "nothing for 5 h, where 21 were to be expected",
        315,
        0,
    )
    assert (found.severity, found.plain, found.level) == ("warning", True, pytest.approx(21 / 315, rel=0.01))


def test_a_silence_that_is_shorter_than_an_hour_is_left_to_the_minutes() -> None:
    known = model(count=14.0)
    assert DROP.wakes_at(known, LAST, LAST + 59) is None
    assert DROP.wakes_at(known, LAST, LAST + 90) == LAST + 60
    assert DROP._for_hours(series(LAST + 59, LAST, known), known.volume) is None


def test_where_nothing_is_due_nothing_is_found() -> None:
    assert DROP.wakes_at(model(count=0.0), LAST, LAST + 4 * HOUR) is None
    assert DROP.wakes_at(model(), LAST, LAST + 4 * HOUR) is None


def test_what_lies_before_the_end_of_the_last_incident_is_over() -> None:
    known = model(since=LAST + HOUR)
    assert DROP.wakes_at(known, LAST, LAST + DAY * QUARTER) == LAST + HOUR + 21 * QUARTER


def test_a_special_day_follows_no_habit() -> None:
    known = model()
    known.volume.hear(LAST + 1, 0, barred=False, kind=1)
    assert DROP.wakes_at(known, LAST, LAST + DAY * QUARTER) is None
    assert DROP.judge(series(LAST + 600, LAST, known)) is None


def test_habits_follow_the_clock() -> None:
    class Ahead(SummerClock):
        def __init__(self) -> None: ...

        def ahead(self, minute: int) -> int:
            del minute
            return HOUR

    known = model(count=0.0)
    known.volume.habits = habits()
    known.volume.clock = Ahead()
    assert known.volume.silent_until(LAST - HOUR, 6.0, LAST + 600) == LAST - HOUR + 21 * QUARTER


def test_rules_of_other_kinds_say_no_minute() -> None:
    assert ZScore("z").wakes_at(model(), LAST, LAST + 1000) is None
    memory = ScopeMemory(model=model())
    assert wakes_at(JudgedScope(RULES, memory, "all"), LAST + 1000) is None, "nothing has ever come"
    memory.last_data = LAST
    assert wakes_at(JudgedScope(RULES, memory, "all"), LAST + 1000) == LAST + 21 * QUARTER
    assert wakes_at(JudgedScope(replace(RULES, rules=()), memory, "all"), LAST + 1000) is None


# --- as a scope at rest ----------------------------------------------------------------------------------------------


def resting(policy: TimePolicy = TimePolicy(lateness_ms=0)) -> Timeline:  # noqa: B008 - frozen
    """A timeline of a scope that is silent since LAST, with eight days behind it."""
    memory = ScopeMemory(model=ScopeModel(VolumeModel(habits=habits())))
    memory.last_data = LAST - 1
    timeline = Timeline(RULES, policy, "shop", TimelineState.after(LAST - 1, memory))
    timeline.hear(LAST, 0, Part(0, 1, {"status": {"approved": [1, 0]}}))
    return timeline


def walked(timeline: Timeline, upto: int) -> tuple[list[int], list[Statement]]:
    """The minutes that are judged, and what is said, up to so many minutes after LAST; each is closed in turn."""
    minutes: list[int] = []
    said: list[Statement] = []
    for minute in range(LAST, LAST + upto + 1):
        outcome = timeline.advance(end_ms(minute))
        minutes += sorted({each.verdict.minute - LAST for each in outcome.verdicts})
        said += outcome.statements
        timeline.has_gone_silent(minute)
    return minutes, said


def test_a_scope_at_rest_wakes_when_its_silence_says_something() -> None:
    timeline = resting()
    minutes, said = walked(timeline, 400)
    at = 21 * QUARTER
    assert minutes == [*range(11), *range(at, 401)]
    assert next((each.stated.state, each.minute - LAST, each.stated.incident.since - LAST) for each in said) == (
        "firing",
        at,
        1,
    )
    assert said[0].stated.incident.lost == pytest.approx(21, rel=0.02)


def test_all_at_once_says_the_same_as_minute_by_minute() -> None:
    once, slowly = resting(), resting()
    outcome = once.advance(end_ms(LAST + 400))
    minutes, said = walked(slowly, 400)
    assert sorted({each.verdict.minute - LAST for each in outcome.verdicts}) == minutes
    assert [each.stated.incident for each in outcome.statements] == [each.stated.incident for each in said]


def test_the_minute_in_which_it_wakes_is_anchored_so_that_a_new_start_goes_on_from_there() -> None:
    timeline = resting()
    walked(timeline, 21 * QUARTER)
    assert timeline.state.anchors[-1].minute == LAST + 21 * QUARTER


def test_a_silence_in_which_the_stream_could_not_be_trusted_says_nothing() -> None:
    timeline = resting()
    timeline.watch = Watch(holes=[Hole(0, 1, 0, LAST + 100, LAST + 101)])
    minutes, said = walked(timeline, 400)
    assert (minutes, said) == ([*range(11)], [])


def test_one_transaction_ends_it() -> None:
    timeline = resting()
    walked(timeline, 340)
    timeline.hear(LAST + 341, 0, Part(0, 2, {"status": {"approved": [1, 0]}}))
    outcome = timeline.advance(end_ms(LAST + 350))
    assert [each.stated.state for each in outcome.statements] == ["resolved"]
