"""Maintenance: what goes wrong wakes nobody, teaches nothing, and is found when it goes on after the end."""

from dataclasses import replace
from datetime import UTC

import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.calendar import Calendar, Maintenance
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.judging.timeline import Part, Timeline, TimelineState
from processors.domain.rules import CountThreshold, ShareThreshold
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import SeriesKey
from processors.domain.window import Dimensions, TimePolicy, end_ms
from tests.processors.domain.desk import Desk, status
from tests.processors.domain.traffic import DAY, FIRST, NOON, RULES, during, ended, fired, known, once, story, traffic

EVERY_DAY = tuple(range(7))
HALF_PAST = 12 * 60 + 30


def closed(
    begins: int = HALF_PAST, ends: int = 13 * 60, *keys: str, rules: RuleSet = RULES, scopes: tuple[str, ...] = ()
) -> RuleSet:
    """Maintenance every day between these minutes of the day, by default from half past twelve to one."""
    window = Maintenance("m", EVERY_DAY, begins, ends, UTC, scopes=scopes, keys=keys)
    return replace(rules, calendar=Calendar(maintenance=(window,)))


FAULTS: dict[str, dict[str, float]] = {"total": {"all": 0.0}, "failed": {"failed": 10.0}, "denied": {"denied": 5.0}}
every_fault = pytest.mark.parametrize("key", FAULTS)


# --- while it lasts --------------------------------------------------------------------------------------------------


@pytest.mark.story
@every_fault
def test_what_begins_and_ends_in_maintenance_pages_nobody(key: str) -> None:
    change = during(30, 59, **FAULTS[key])
    assert story(change, 120, rules=closed()) == []
    assert fired(story(change, 120)), "without the calendar it does"


@every_fault
def test_what_is_still_broken_at_the_end_pages_then(key: str) -> None:
    told = story(during(30, 79, **FAULTS[key]), 120, rules=closed())
    incident = once(told)
    assert incident.key == key
    assert fired(told) == [61], "two minutes are evidence"
    assert incident.since == NOON + 60, "of what was before, nothing counts"


@every_fault
def test_an_incident_that_was_open_before_goes_on(key: str) -> None:
    told = story(during(20, 79, **FAULTS[key]), 120, rules=closed())
    assert fired(told) == [21]
    assert ended(told) > 79


@pytest.mark.story
@every_fault
def test_it_is_about_the_keys_it_names_and_the_others_page(key: str) -> None:
    change = during(35, 55, **FAULTS[key])
    assert story(change, 120, rules=closed(HALF_PAST, 13 * 60, key)) == []
    for other in FAULTS.keys() - {key}:
        assert once(story(change, 120, rules=closed(HALF_PAST, 13 * 60, other))).key == key


def test_a_status_speaks_for_its_codes() -> None:
    """Codes are facets of denied: maintenance of denied covers them, that of a code does not cover denied."""
    change = during(35, 55, **{"51": 8.0})
    assert story(change, 120, rules=closed(HALF_PAST, 13 * 60, "denied")) == []
    assert once(story(change, 120, rules=closed(HALF_PAST, 13 * 60, "51"))).key == "denied"


def test_it_is_about_the_scopes_it_names() -> None:
    assert fired(story(during(35, 55, all=0), 90, rules=closed(scopes=("shop",))))
    assert story(during(35, 55, all=0), 90, rules=closed(scopes=("all",))) == []


def test_its_minutes_say_what_the_rules_found_as_an_information() -> None:
    memory, rules, verdicts = known(), closed(), {}
    for i in range(60):
        held = MinuteCounts(traffic(NOON + i, during(30, 59, failed=20)(i)))
        rows = judge(JudgedScope(rules, memory, "all"), NOON + i, held).verdicts
        verdicts[i] = next(v for v in rows if v.key == "failed")
    assert verdicts[29].verdict == "normal"
    assert {verdicts[i].verdict for i in range(31, 60)} == {"info"}
    assert {verdicts[i].rules for i in range(31, 60)} == {("share_rise",)}
    assert all(0 < verdicts[i].score < 50 for i in range(31, 60))


def test_one_window_may_end_while_another_goes_on() -> None:
    """Until one only `failed` is covered, and from a quarter to one on for half an hour all that is."""
    windows = (
        Maintenance("a", EVERY_DAY, HALF_PAST, 13 * 60, keys=("failed",)),
        Maintenance("b", EVERY_DAY, 12 * 60 + 45, 13 * 60 + 15),
    )
    rules = replace(RULES, calendar=Calendar(maintenance=windows))
    assert fired(story(during(35, 100, failed=10), 110, rules=rules)) == [76]
    assert fired(story(during(35, 44, failed=10), 110, rules=rules)) == []


# --- what it teaches -------------------------------------------------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize("change", [{}, {"all": 0.0}], ids=str)
def test_nightly_work_pages_in_no_night(change: dict[str, float]) -> None:
    """From the first night on, though nothing is known of these hours; the volume is falling when it begins."""
    rules, memory = closed(23 * 60, 60), ScopeMemory()
    assert rules.calendar is not None
    for minute in range(FIRST, FIRST + 3 * DAY):
        is_closed = bool(rules.calendar.at(minute, "all").maintenance)
        held = MinuteCounts(traffic(minute, change if is_closed else {}, seed=3))
        assert judge(JudgedScope(rules, memory, "all"), minute, held).steps == []


@pytest.mark.story
def test_it_teaches_neither_shares_nor_volume_nor_baselines_nor_amounts() -> None:
    begins = FIRST + 12 * 60
    taught: list[ScopeMemory] = []
    for change in ({}, {"all": 3.0, "failed": 30.0}):
        memory = known(begins)
        for minute in range(begins, begins + 120):
            counts = traffic(minute, change if minute < begins + 60 else {})
            worth: Dimensions = {
                d: {key: [n, n * (90 if change else 10)] for key, (n, _) in keys.items()} for d, keys in counts.items()
            }
            judge(
                JudgedScope(closed(12 * 60, 13 * 60), memory, "all"),
                minute,
                MinuteCounts(worth if minute < begins + 60 else counts),
            )
        taught.append(memory)
    plain, changed = taught
    assert changed.model.volume.habits == plain.model.volume.habits
    assert changed.model.volume.blocks == plain.model.volume.blocks
    assert changed.model.shares["status"]["failed"].seen == plain.model.shares["status"]["failed"].seen
    assert changed.dimensions["status"].series["failed"].taught == plain.dimensions["status"].series["failed"].taught
    assert changed.usual_amount == plain.usual_amount == 0


# --- rules that look back, without a model ---------------------------------------------------------------------------

SHARE = RuleSet(
    "share",
    "v1",
    BaselineSettings(window=6, minimum_history=3),
    (
        ShareThreshold("share", keys=("failed",), warning=0.2, critical=0.9, window=5, minimum_history=3),
        CountThreshold("burst", keys=("denied",), above=9),
    ),
    resolve_after=2,
)
"""`failed` is a warning from a fifth of the last five minutes on, where three are known."""


def shares(rules: RuleSet, broken: range, until: int = 40) -> Desk:
    """Minutes of the tests, at noon of the same day as those of the stories."""
    desk = Desk(rules)
    for i in range(until):
        desk.minute(i, status(approved=60, failed=60 if i in broken else 1))
        desk.until(i + 1)
    return desk


def test_evidence_of_any_rule_begins_anew_at_the_end() -> None:
    rules = closed(12 * 60 + 10, 12 * 60 + 20, rules=SHARE)
    assert shares(rules, range(10, 20)).said == [], "four of its five minutes were bad at the end"
    assert shares(SHARE, range(10, 20)).said != []
    assert shares(rules, range(10, 23)).said[0] == ("firing", 22, 1), "three minutes after the end are enough"


def test_minutes_without_data_are_none_of_the_minutes_since_the_end() -> None:
    desk = Desk(closed(12 * 60 + 10, 12 * 60 + 20, rules=SHARE))
    for i in [*range(15), 21, 24, 27]:
        desk.minute(i, status(approved=60, failed=60 if i > 9 else 1))
        desk.until(i + 1)
    assert desk.said[0] == ("firing", 27, 1)


def test_a_long_silence_after_maintenance_leaves_nothing_of_it() -> None:
    memory, rules = ScopeMemory(), closed(12 * 60 + 10, 12 * 60 + 20, rules=SHARE)
    for i in range(22):
        judge(JudgedScope(rules, memory, "all"), NOON + i, MinuteCounts(status(approved=60, failed=1)))
    assert memory.anew == {SeriesKey("status", "approved"): 20, SeriesKey("status", "failed"): 20}
    gone = memory.copy()
    gone.lapse()
    assert gone.anew == {}
    for i in range(22, 26):
        judge(JudgedScope(rules, memory, "all"), NOON + i, MinuteCounts(status(approved=60, failed=1)))
    assert memory.anew == {}, "five minutes later no rule would look back so far"


# --- late data -------------------------------------------------------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize("late", [False, True])
def test_late_data_meet_the_same_calendar(late: bool) -> None:
    """The failures of half an hour about the end of maintenance come in time, or ten minutes late."""
    rules = closed()
    timeline = Timeline(rules, TimePolicy(lateness_ms=0), "all", TimelineState.after(NOON - 1, known()))
    whole = {i: traffic(NOON + i, during(45, 75, failed=15)(i)) for i in range(100)}
    first = {i: traffic(NOON + i) for i in range(100)} if late else whole
    for i in range(100):
        timeline.hear(NOON + i, 0, Part(0, 2 * i, first[i]))
        if late and i >= 10 and timeline.hear(NOON + i - 10, 0, Part(0, 10_000 + i, whole[i - 10])):
            timeline.revise()
        timeline.advance(end_ms(NOON + i))
    (said,) = (
        timeline.state.stated.values()
        if not late
        else [s for s in timeline.state.stated.values() if s.state != "withdrawn"]
    )
    assert said.incident.since == NOON + 60
    assert said.incident.key == "failed"
