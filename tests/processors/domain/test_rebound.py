"""What comes back after an outage is no page, no habit, and no loss."""

from dataclasses import replace

import pytest

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope
from processors.domain.incidents.rebound import MAX_MINUTES, Rebound
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.judging.timeline import Timeline
from processors.domain.model.habits import Habits
from processors.domain.series_key import VOLUME_SERIES
from processors.domain.window import TimePolicy, start_ms
from processors.stages.records import alert_of
from tests.processors.domain.desk import Desk
from tests.processors.domain.traffic import DAY, NOON, RULES, Change, Told, fired, known, once, story, traffic, usual

OUTAGE = 12


def outage(back: float, minutes: int, *, level: float = 1.0) -> Change:
    """Nothing for 12 minutes, then `back` times the usual for so many, then `level` times the usual."""

    def change(i: int) -> dict[str, float]:
        if i < OUTAGE:
            return {"all": 0.0}
        return {"all": back if i < OUTAGE + minutes else level}

    return change


def endings(told: list[Told]) -> list[Told]:
    return [each for each in told if each.step == "resolved"]


def final(told: list[Told]) -> Incident:
    """The one incident as it was last told of."""
    once(told)
    return endings(told)[-1].incident


def test_what_comes_back_is_counted_against_the_loss_and_pages_nobody() -> None:
    told = story(outage(2.0, 10), 90)
    gross, back = final(told).lost, final(told).regained
    assert gross == pytest.approx(OUTAGE * usual(NOON), rel=0.1)
    assert back == pytest.approx(10 * usual(NOON), rel=0.15)
    assert final(told).came_back == min(1.0, back / gross)
    assert fired(told) == [1]


def test_while_it_comes_back_the_end_is_told_and_the_net_loss_once_it_is_there() -> None:
    first, second = endings(story(outage(2.0, 10), 90))
    assert first.incident.regained == 0
    assert second.at in range(OUTAGE + 10, OUTAGE + 14)
    assert second.incident.judged == NOON + second.at
    assert second.incident.id == first.incident.id


def test_a_short_rebound_is_counted_as_well() -> None:
    told = story(outage(3.0, 2), 90)
    assert final(told).regained == pytest.approx(4 * usual(NOON), rel=0.3)
    assert endings(told)[-1].at <= OUTAGE + 5


def test_where_nothing_comes_back_all_is_lost() -> None:
    (end,) = endings(story(outage(1.0, 0), 90))
    assert end.incident.regained == 0


def test_what_stays_above_the_old_level_is_a_level_and_no_rebound() -> None:
    told = story(outage(2.0, 0, level=1.6), MAX_MINUTES + 60)
    assert (final(told).regained, final(told).came_back) == (0, 0.0)
    assert len(endings(told)) == 1


def test_the_end_of_a_long_rebound_is_no_outage() -> None:
    assert fired(story(outage(2.5, 45), 120)) == [1]


def test_what_goes_wrong_while_it_comes_back_is_an_incident_of_its_own_and_ends_the_reckoning() -> None:
    def change(i: int) -> dict[str, float]:
        return dict(outage(2.0, 30)(i)) | ({"failed": 30.0} if 25 <= i < 35 else {})

    told = story(change, 90)
    first, net, second = endings(told)
    assert (first.incident.key, net.incident.key, second.incident.key) == ("total", "total", "failed")
    assert net.at == fired(told)[1]
    assert 0 < net.incident.regained < 20 * usual(NOON)


def test_an_outage_that_comes_again_within_its_incident_begins_the_reckoning_anew() -> None:
    def change(i: int) -> dict[str, float]:
        return {"all": 0.0 if i < 8 or 10 <= i < 18 else 1.0}

    assert final(story(change, 90)).regained == 0


def test_what_came_back_is_known_though_the_incident_goes_on_with_another_series() -> None:
    def change(i: int) -> dict[str, float]:
        return dict(outage(2.0, 8)(i)) | ({"failed": 12.0} if 13 <= i < 50 else {})

    told = story(change, 120, rules=replace(RULES, apart=0))
    assert final(told).regained == pytest.approx(8 * usual(NOON), rel=0.3)
    assert len(endings(told)) == 1


def test_what_came_back_is_known_of_the_outage_alone_when_another_cause_pages_by_itself() -> None:
    def change(i: int) -> dict[str, float]:
        return dict(outage(2.0, 8)(i)) | ({"failed": 12.0} if 13 <= i < 50 else {})

    last = {each.lead: each.incident.regained for each in endings(story(change, 120))}
    assert last["status|failed"] == 0
    assert last["volume|total"] == pytest.approx(8 * usual(NOON), rel=0.4)


def test_after_a_silence_of_which_nothing_is_known_nothing_came_back() -> None:
    memory = known(NOON)
    for minute in range(NOON, NOON + 10):
        judge(JudgedScope(RULES, memory, "all"), minute, MinuteCounts())
    assert memory.rebound is not None
    memory.model.lapse()
    memory.model.volume.habits = Habits()
    judge(JudgedScope(RULES, memory, "all"), NOON + 10, MinuteCounts(traffic(NOON + 10)))
    assert memory.rebound.regained == 0


def test_without_a_minute_there_is_no_rebound() -> None:
    assert not Rebound(1.0, plain=True).goes_on


def test_the_alert_states_the_loss_gross_and_net_in_transactions_and_money() -> None:
    minutes = {FIRST_MINUTE + i: counts for i, counts in enumerate(priced())}
    desk = Desk(RULES, TimePolicy(lateness_ms=0))
    for minute, counts in minutes.items():
        if counts:
            desk.minute(minute - FIRST_MINUTE, counts)
        desk.until(minute - FIRST_MINUTE + 1)
    loss = alert_of(desk.statements[-1], RULES, 1).estimated_loss
    assert loss["net_transactions"] == pytest.approx(loss["transactions"] - loss["regained_transactions"], abs=0.2)
    assert loss["net_amount"] == pytest.approx(loss["amount"] - loss["regained_amount"], abs=2)
    assert 0 < loss["net_transactions"] < loss["transactions"]
    assert loss["amount"] == pytest.approx(1_000 * loss["transactions"], rel=0.01)


FIRST_MINUTE = NOON
QUIET = 120


def priced() -> list[dict[str, dict[str, list[int]]]]:
    """Two hours at 1 000 a transaction, an outage, a rebound, and half an hour more."""
    change = outage(2.0, 8)
    minutes = [traffic(NOON + i, change(i - QUIET) if i >= QUIET else None) for i in range(QUIET + 60)]
    return [
        {"status": {key: [count, 1_000 * count] for key, (count, _) in held["status"].items()}} if held else {}
        for held in minutes
    ]


def test_an_end_that_settled_while_more_came_back_is_told_of_under_its_own_revisions() -> None:
    policy = TimePolicy(lateness_ms=0, revise_for_ms=5 * 60_000)
    desk = Desk(RULES, policy)
    change = outage(2.0, 30)
    for i in range(DAY // 6):
        if held := traffic(NOON + i, change(i - QUIET) if i >= QUIET else None):
            desk.minute(i, held)
        desk.until(i + 1)
    (timeline,) = desk.judge.timelines.values()
    assert isinstance(timeline, Timeline)
    assert start_ms(timeline.state.judged_to or 0) > 0
    states = [s.stated.state for s in desk.statements if s.stated.incident.key == "total"]
    revisions = [s.stated.revision for s in desk.statements if s.stated.incident.key == "total"]
    assert states.count("resolved") == 2
    assert "withdrawn" not in states
    assert revisions == list(range(1, len(revisions) + 1))


def test_late_data_during_the_rebound_leave_what_was_said_of_its_incident() -> None:
    policy = TimePolicy(lateness_ms=0, revise_for_ms=5 * 60_000)
    desk = Desk(RULES, policy)
    change = outage(2.0, 30)
    for i in range(QUIET + OUTAGE + 20):
        if held := traffic(NOON + i, change(i - QUIET) if i >= QUIET else None):
            desk.minute(i, held)
        desk.until(i + 1)
    said = [s.stated.state for s in desk.statements]
    last = QUIET + OUTAGE + 18
    late = traffic(NOON + last, change(last - QUIET))
    late["status"]["approved"][0] += 1
    desk.minute(last, late)
    assert said[-1] == "resolved"
    assert [s.stated.state for s in desk.statements[len(said) :]] == []


def test_of_what_comes_in_bulk_nothing_is_said_to_have_come_back() -> None:
    memory = known(NOON)
    memory.model.volume = replace(memory.model.volume, lows=bytes([0] * 7 + [200] * 5) * 12)
    assert memory.model.volume.steady_from == 16
    for minute in range(NOON, NOON + 20):
        judge(JudgedScope(RULES, memory, "all"), minute, MinuteCounts())
    assert VOLUME_SERIES in memory.members
    assert memory.rebound is None
