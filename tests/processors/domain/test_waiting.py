"""A scope whose counts usually come late waits for them; what is finally said is the same as ever."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline
from processors.domain.judging.timeline_state import TimelineState
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions, TimePolicy, end_ms
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import SMALL, Desk, last_words, status
from tests.processors.domain.test_early_alerts import EARLY
from tests.processors.domain.traffic import NOON, RULES, known, traffic

POLICY = TimePolicy(lateness_ms=0)
NO_VOLUME = replace(RULES, rules=tuple(rule for rule in RULES.rules if not rule.watches("volume", "total")))
WAIT = 3
ON_TIME = status(approved=31, denied=4)
"""11 % of what is there so far are denied: too many, for the small rules."""
WHOLE = status(approved=96, denied=4)


def late_feed(desk: Desk, minutes: range, broken: range = range(0)) -> None:
    """Two thirds of each minute, all of it approved, comes three minutes after its close; not of what is broken."""
    for minute in minutes:
        desk.minute(minute, ON_TIME)
        desk.until(minute + 1)
        if minute - WAIT + 1 >= 0 and minute - WAIT + 1 not in broken:
            desk.minute(minute - WAIT + 1, WHOLE)


def waiting(rules: RuleSet = SMALL, policy: TimePolicy = POLICY) -> Desk:
    """A desk that has learned in an hour that it must wait."""
    desk = Desk(rules, policy)
    late_feed(desk, range(60))
    return desk


def wait_of(desk: Desk) -> int:
    """How long the scope waits."""
    return desk.judge.timelines["all"].wait


def test_what_comes_late_all_the_time_is_waited_for_and_nothing_is_told_that_is_withdrawn() -> None:
    desk = Desk(SMALL, POLICY)
    late_feed(desk, range(24))
    assert wait_of(desk) == 0
    assert len(desk.statements) > 20, "each minute is told of, and taken back"
    late_feed(desk, range(24, 26))
    assert wait_of(desk) == WAIT
    said = len(desk.statements)
    late_feed(desk, range(26, 200))
    assert {s.stated.state for s in desk.statements[said:]} <= {"withdrawn"}, "what was told before"
    assert len(desk.statements) - said <= WAIT


def test_it_is_said_once_that_a_scope_begins_to_wait() -> None:
    desk, waits = Desk(SMALL, POLICY), []
    for minute in range(60):
        desk.minute(minute, ON_TIME)
        waits += desk.until(minute + 1).waits
        if minute - WAIT + 1 >= 0:
            desk.minute(minute - WAIT + 1, WHOLE)
    assert waits == [("all", WAIT)]


def test_a_minute_is_judged_once_when_its_counts_are_there() -> None:
    desk = waiting()
    desk.minute(60, ON_TIME)
    desk.until(61)
    assert desk.judge.timelines["all"].state.judged_to == M0 + 57
    desk.minute(58, WHOLE)
    desk.until(62)
    assert desk.last("approved", 58).revision == 1
    assert desk.last("approved", 58).verdict.count == 96
    assert desk.judge.timelines["all"].state.judged_to == M0 + 58


def test_the_last_words_are_those_of_who_does_not_wait() -> None:
    ends, broken = [], range(100, 104)
    for complete in (0.99, 0.0):
        desk = Desk(SMALL, replace(POLICY, complete=complete))
        late_feed(desk, range(150), broken)
        desk.until(170)
        said = {s.stated.incident.id: s.stated for s in desk.statements}
        states = {id_: (stated.state, stated.incident) for id_, stated in said.items() if stated.state != "withdrawn"}
        words = {where: revised.verdict for where, revised in last_words(desk.verdicts).items()}
        ends.append((words, states))
        found = [m.minute - M0 for m in words.values() if m.verdict == "warning" and m.key == "denied"]
        assert found == [*broken, 148, 149], "those of which the rest has not come"
    assert ends[0] == ends[1]


def test_ordinary_scopes_beside_it_do_not_wait() -> None:
    desk = waiting()
    desk.minute(60, WHOLE, scope="shop")
    desk.until(61)
    assert desk.last("approved", 60, scope="shop").revision == 1
    assert desk.judge.timelines["shop"].state.arrivals is None


def test_what_comes_later_than_usual_amends_as_ever() -> None:
    desk = waiting()
    late_feed(desk, range(60, 70))
    desk.minute(60, status(approved=97, denied=4))
    assert (desk.last("approved", 60).revision, desk.last("approved", 60).verdict.count) == (2, 97)


def test_after_a_day_in_which_all_comes_in_time_nobody_waits_and_nothing_is_remembered() -> None:
    desk = waiting()
    for minute in range(62, 62 + 720, 10):
        desk.minute(minute, WHOLE)
        desk.until(minute + 1)
    assert desk.judge.timelines["all"].state.arrivals is None
    assert desk.judge.timelines["all"].state.judged_to == desk.judge.timelines["all"].parts.between(0, 1 << 40)[-1]


def test_a_count_that_can_only_get_worse_is_told_early_by_who_waits_as_well() -> None:
    desk = waiting(EARLY)
    desk.minute(60, status(approved=30, failed=6))
    assert desk.said[-1] == ("firing", 60, 1)
    desk.until(61)
    late_feed(desk, range(61, 66), broken=range(60, 61))
    assert [state for state, since, _ in desk.said if since == 60] == ["firing", "resolved"]


def test_when_all_sources_are_silent_nobody_waits_for_longer_than_they_are() -> None:
    desk = waiting()
    began_ms = end_ms(M0 + 60)
    for seconds, judged in ((0, 56), (59, 56), (61, 57), (121, 58), (181, 59), (10_000, 59)):
        step = Partial(0, 1, 0, desk.offset + 1, end_ms(M0 + 59), idle=True, now_ms=began_ms + seconds * 1000)
        desk.tell(replace(step, offset=1_000))
        assert desk.judge.timelines["all"].state.judged_to == M0 + judged


# --- outages ----------------------------------------------------------------------------------------------------------


class Merchant:
    """A scope that the default rules know and that waits for ten minutes, as one that has come late all day."""

    def __init__(self, rules: RuleSet = RULES) -> None:
        arrivals = Arrivals(usual=[NOON + 1440] * 10, wait=10, looked=NOON - 1)
        state = TimelineState.after(NOON - 1, known(NOON))
        state.arrivals = arrivals
        self.timeline = Timeline(rules, POLICY, "all", state)
        self.timeline.state.judged_by = rules.version
        self.judge = PartitionJudge(rules, POLICY, timelines={"all": self.timeline})
        self.judge.marks.reached_ms = end_ms(NOON - 1)
        self.said: list[tuple[str, int, int, str]] = []
        self._offset = -1

    def minute(self, minute: int, *held: tuple[int, Dimensions]) -> None:
        """These counts come, of these minutes; then this minute is over. Minutes are counted from noon."""
        self._offset += 1
        parts = [PartialMinute(NOON + number, "all", self._offset, counts) for number, counts in held]
        steps = self.judge.apply(self._offset, Partial(0, 1, 0, self._offset, None, minutes=parts))
        self._offset += 1
        closing = self.judge.apply(self._offset, Partial(0, 1, 0, self._offset, end_ms(NOON + minute)))
        for outcome in (*steps.outcomes, *closing.outcomes):
            for s in outcome.statements:
                incident = s.stated.incident
                self.said.append((s.stated.state, minute, incident.since - NOON, incident.key))

    def run(
        self, minutes: range, silent: range, late: range = range(0), fallen: Mapping[int, float] | None = None
    ) -> None:
        """85 % of each minute comes at once and the rest ten minutes later; nothing of silent ones but late."""
        fallen = fallen or {}
        for minute in minutes:
            held = []
            if minute not in silent:
                held.append((minute, traffic(NOON + minute, scale=0.85 * fallen.get(minute, 1))))
            before = minute - 9
            if before >= 0 and (before not in silent or before in late):
                held.append((before, traffic(NOON + before, scale=fallen.get(before, 1))))
            self.minute(minute, *held)


@pytest.fixture(scope="module")
def outage() -> Merchant:
    """Nothing comes of twelve minutes."""
    merchant = Merchant()
    merchant.run(range(60), range(20, 32))
    return merchant


def test_a_total_outage_is_told_at_once_and_once(outage: Merchant) -> None:
    fired = [each for each in outage.said if each[0] == "firing"]
    assert fired == [("firing", 21, 20, "total")]


def test_it_is_not_taken_back_and_over_once(outage: Merchant) -> None:
    states = [state for state, *_ in outage.said]
    assert "withdrawn" not in states
    assert states.count("resolved") >= 1


def test_a_deep_fall_is_told_at_once_under_the_id_that_it_keeps() -> None:
    merchant = Merchant()
    fallen = dict.fromkeys(range(20, 45), 0.15)
    merchant.run(range(45), range(0), fallen=fallen)
    assert merchant.said[0] == ("firing", 21, 20, "total")
    assert {state for state, *_ in merchant.said[1:]} == {"updated"}


def test_an_outage_that_comes_slowly_waits_and_is_told_once() -> None:
    merchant = Merchant()
    merchant.run(range(60), range(0), fallen={20 + i: max(0.05, 0.95 - 0.1 * i) for i in range(40)})
    firing = [at for state, at, *_ in merchant.said if state == "firing"]
    assert firing == [25 + 9]
    assert "withdrawn" not in {state for state, *_ in merchant.said}


def test_an_outage_that_was_none_is_taken_back() -> None:
    merchant = Merchant()
    merchant.run(range(45), range(20, 24), late=range(20, 24))
    assert [(state, key) for state, _, _, key in merchant.said] == [("firing", "total"), ("withdrawn", "total")]


def test_a_fall_by_half_waits() -> None:
    merchant = Merchant()
    merchant.run(range(40), range(0), fallen=dict.fromkeys(range(20, 45), 0.5))
    assert merchant.said[0][0] == "firing"
    assert merchant.said[0][1] == 22 + 9, "found in the third minute, and judged nine minutes after it"


def test_what_is_wrong_beside_a_fall_of_the_volume_waits() -> None:
    merchant = Merchant(NO_VOLUME)
    merchant.run(range(20), range(0))
    for minute in range(20, 29):
        merchant.minute(minute, (minute, traffic(NOON + minute, {"failed": 100.0}, scale=0.1)))
        assert merchant.said == []
    for minute in range(29, 34):
        merchant.minute(minute, (minute, traffic(NOON + minute, {"failed": 100.0}, scale=0.1)))
    assert [(state, key) for state, _, _, key in merchant.said if state == "firing"] == [("firing", "failed")]


def test_where_nothing_is_expected_silence_is_no_outage() -> None:
    desk = waiting()
    before = len(desk.statements)
    for minute in range(60, 63):
        desk.until(minute + 1)
    assert [s.minute - M0 for s in desk.statements[before:] if s.stated.incident.key == "total"] == []


def test_a_memory_that_is_new_has_nothing_to_miss() -> None:
    state = TimelineState.after(M0, ScopeMemory())
    state.arrivals = Arrivals(usual=[M0 + 1440], wait=1, looked=M0)
    timeline = Timeline(RULES, POLICY, "all", state)
    assert list(timeline.advancing(at(5))) == []
