"""The damage of an incident from minute to minute: its terms, and how its severity rises and falls."""

from collections.abc import Iterable, Sequence

import msgspec
import pytest

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.reckoning import Loss, Reckoning
from processors.domain.incidents.stream_trust import blinded
from processors.domain.severity import SeverityLimits, severity_of

USUAL = SeverityLimits()
SINCE = 1_000
Minute = tuple[float, float]
"""Transactions lost, and what should have come."""


def reckoned(
    minutes: Iterable[Minute | None], limits: SeverityLimits = USUAL, least: float = 50.0, price: float = 0.0
) -> list[Reckoning]:
    """What is known after each minute from SINCE on; None is a minute without a finding."""
    found, known, whole = list[Reckoning](), Reckoning(), 0.0
    for at, minute in enumerate(minutes, start=SINCE):
        if minute is not None:
            whole += minute[0]
            loss = Loss(minute[0], (minute[0],), (minute[1],))
            known = known.after(at, [loss]).weighed(at, SINCE, (whole, whole * price), limits, least)
        found.append(known)
    return found


def words(minutes: Iterable[Minute | None], limits: SeverityLimits = USUAL, least: float = 50.0) -> list[str]:
    return [severity_of(each.score) for each in reckoned(minutes, limits, least)]


def shares(minutes: Iterable[Minute | None]) -> list[float]:
    return [round(each.damage.share, 3) for each in reckoned(minutes)]


def test_the_share_is_that_of_the_last_three_minutes() -> None:
    assert shares([(100, 100), (100, 100), (100, 100), (40, 100), (40, 100), (40, 100)]) == [1, 1, 1, 0.8, 0.6, 0.4]


def test_of_few_transactions_the_share_is_that_of_more_minutes() -> None:
    """Four a minute, and one minute of four lost: seven and a half minutes hold thirty of them."""
    assert shares([(0, 4)] * 7 + [(4, 4)])[-1] == pytest.approx(4 / 32, abs=0.001)


def test_of_hardly_any_transactions_it_is_that_of_a_quarter_of_an_hour() -> None:
    assert shares([(1, 1)] * 5 + [(0, 1)] * 15)[-1] == 0
    assert shares([(1, 1)] * 5 + [(0, 1)] * 14)[-1] == pytest.approx(1 / 15, abs=0.001)


def test_minutes_in_which_nothing_is_found_have_lost_nothing() -> None:
    assert shares([(60, 100), None, (60, 100)])[-1] == pytest.approx(0.4)


def test_what_has_more_than_was_expected_makes_up_for_what_was_missing() -> None:
    assert shares([(60, 100), (-30, 100), (60, 100)])[-1] == pytest.approx(0.3)
    assert shares([(-60, 100), (-30, 100)])[-1] == 0


def test_where_nothing_was_to_come_no_share_is_lost() -> None:
    assert shares([(5, 0), (5, 0)]) == [0, 0]


def test_growth_is_what_the_last_five_minutes_have_lost_more_than_those_before() -> None:
    ramp = [(100 * i / 20, 100.0) for i in range(20)]
    assert reckoned(ramp)[-1].damage.growth == pytest.approx(0.25)


def test_what_stays_or_falls_does_not_grow() -> None:
    assert reckoned([(50, 100)] * 12)[-1].damage.growth == 0
    assert reckoned([(100 - 5 * i, 100) for i in range(12)])[-1].damage.growth == 0


def test_growth_that_chance_explains_is_none() -> None:
    assert reckoned([(1, 4)] * 5 + [(2, 4)] * 5)[-1].damage.growth == 0
    assert reckoned([(100, 400)] * 5 + [(200, 400)] * 5)[-1].damage.growth == pytest.approx(0.25)


def test_evidence_of_several_minutes_is_laid_on_each_of_them() -> None:
    loss = Loss(90.0, (0.0, 30.0, 60.0), (100.0, 100.0, 100.0))
    known = Reckoning().after(SINCE + 2, [loss, Loss(10.0, (10.0,), (100.0,))])
    known = known.weighed(SINCE + 2, SINCE, (100.0, 0.0), USUAL, 50.0)
    assert known.damage.share == pytest.approx(1 / 3)
    assert [each.lost for each in known.recent] == [0.0, 30.0, 70.0]
    assert (known.damage.transactions, known.damage.minutes) == (100.0, 3)


def test_an_outage_is_critical_as_soon_as_enough_is_lost() -> None:
    assert words([(20, 20)] * 5) == ["warning"] * 2 + ["critical"] * 3


def test_a_drift_is_critical_by_what_it_has_lost_in_the_end() -> None:
    drift = words([(12, 120)] * 60)
    assert drift.index("critical") == 29  # half an hour; 500 would be lost in the 42nd minute
    assert set(words([(1.8, 120)] * 33)) == {"warning"}


def test_money_is_what_the_counted_transactions_are_worth() -> None:
    assert reckoned([(10, 100)] * 4, price=250)[-1].damage.amount == 10_000


def test_it_falls_after_ten_minutes_below_and_not_before() -> None:
    """All is lost for five minutes, then next to nothing: in the fifteenth minute the five are past."""
    course = words([(100, 100)] * 5 + [(1, 100)] * 40)
    fell = course.index("warning")
    assert set(course[:fell]) == {"critical"}
    assert set(course[fell:]) == {"warning"}
    assert fell == 14 + 9


def test_what_goes_on_as_it_began_does_not_fall() -> None:
    assert set(words([(20, 100)] * 200)[30:]) == {"critical"}


def test_what_has_eased_is_judged_by_what_it_still_does() -> None:
    eased = reckoned([(100, 100)] * 5 + [(1, 100)] * 40)[-1]
    assert (eased.damage.transactions, eased.damage.minutes) == (10, 10)
    assert eased.before == 500 + 30


def test_what_has_eased_and_gets_worse_again_rises_at_once() -> None:
    course = words([(100, 100)] * 5 + [(1, 100)] * 40 + [(100, 100)] * 3)
    assert course[-4:] == ["warning", "critical", "critical", "critical"]


def test_how_long_it_takes_to_fall_is_a_setting() -> None:
    course = words([(100, 100)] * 5 + [(1, 100)] * 40, SeverityLimits(falls_after=3))
    assert course.index("warning") == 7 + 2


def test_what_a_rule_says_itself_is_the_least_for_as_long_as_it_says_so_and_a_while_longer() -> None:
    known, course = Reckoning(), list[tuple[str, bool]]()
    for at in range(SINCE, SINCE + 20):
        least = 80.0 if at < SINCE + 3 else 50.0
        known = known.after(at, [Loss(0.0, (0.0,), (100.0,))]).weighed(at, SINCE, (0.0, 0.0), USUAL, least)
        course.append((severity_of(known.score), known.is_by_rule))
    assert course[:3] == [("critical", True)] * 3
    assert course[3:12] == [("critical", False)] * 9
    assert course[12:] == [("warning", False)] * 8


def test_a_minute_that_is_bad_enough_by_itself_is_not_so_by_its_rule() -> None:
    assert not reckoned([(100, 100)] * 3, least=75.0)[-1].is_by_rule


def test_no_more_is_remembered_than_is_looked_at() -> None:
    assert len(reckoned([(5, 100)] * 90)[-1].recent) == 15
    assert len(reckoned([(5, 100)] * 90, SeverityLimits(falls_after=40))[-1].recent) == 40


def test_an_incident_that_was_stored_before_damage_was_reckoned_is_read() -> None:
    stored = msgspec.to_builtins(blinded("all", "silent", SINCE))
    del stored["reckoning"]
    assert msgspec.convert(stored, Incident) == blinded("all", "silent", SINCE)


def test_an_incident_of_an_older_release_is_weighed_by_what_it_loses_from_now_on() -> None:
    known = Reckoning().after(SINCE + 50, [Loss(1.0, (1.0,), (100.0,))])
    known = known.weighed(SINCE + 50, SINCE, (300.0, 0.0), USUAL, 50.0)
    assert (known.damage.transactions, known.damage.minutes) == (300.0, 51)


@pytest.mark.parametrize("by", [1, 5, 10])
def test_equal_damage_is_equally_severe_however_many_series_it_lies_in(by: int) -> None:
    def known(parts: Sequence[float]) -> float:
        losses = [Loss(part, (part,), (100.0,)) for part in parts]
        return Reckoning().after(SINCE, losses).weighed(SINCE, SINCE, (sum(parts), 0.0), USUAL, 50.0).score

    assert known([80 / by] * by) == pytest.approx(known([80.0]))
