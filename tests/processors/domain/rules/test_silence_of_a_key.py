"""A status or a code stops coming while the others go on."""

import pytest

from processors.domain.model import ScopeModel
from processors.domain.rules import KeySilence, Member, Series
from tests.processors.domain.build import M0
from tests.processors.domain.traffic import HOUR, NOON, during, ended, fired, once, story

SILENCE = KeySilence("silence")


def exact(*minutes: tuple[int, int], member: Member | None = None) -> Series:
    """The series `denied` after hours of 10 of 200, as of the last of these (denied, others)."""
    model = ScopeModel()
    told = [(10, 190)] * 200 + list(minutes)
    for minute, (denied, others) in enumerate(told, start=M0):
        model.hear(minute, {"status": {"denied": denied, "approved": others}}, ())
    count, others = told[-1]
    return Series("status", "denied", count, count + others, None, (), M0 + len(told) - 1, model, member)


def test_a_frequent_status_that_stops_is_found_within_minutes() -> None:
    told = story(during(5, 35, denied=0), 80)
    incident = once(told)
    assert (incident.dimension, incident.key) == ("status", "denied")
    assert fired(told)[0] - 5 < 6
    assert incident.since - NOON == 5
    assert set(incident.rules) <= {"silence", "code_silence"}


def test_a_rare_one_takes_longer_because_chance_is_silent_too() -> None:
    told = story(during(5, 125, failed=0), 180)
    assert once(told).key == "failed"
    assert 10 < fired(told)[0] - 5 < 35


def test_a_few_silent_minutes_of_a_rare_one_are_chance() -> None:
    assert story(during(5, 12, failed=0, backend_reversed=0), 60) == []


def test_a_status_that_comes_less_often_is_not_silent() -> None:
    assert story(during(5, 35, denied=0.35), 80) == []


def test_a_code_that_stops_is_told_as_a_matter_of_its_status() -> None:
    incident = once(story(during(5, 65, **{"59": 0}), 120))
    assert (incident.dimension, incident.key) == ("status", "denied")
    assert (incident.members, incident.rules) == (("auth_code|59",), ("code_silence",))
    assert (incident.causes[0].key, incident.causes[0].observed) == ("59", 0)
    assert incident.causes[0].percent > 70, "the others lack no more than chance takes"
    assert "00" not in {cause.key for cause in incident.causes}


def test_when_everything_stops_no_status_is_silent() -> None:
    incident = once(story(during(5, 25, all=0), 60))
    assert (incident.key, incident.rules, incident.members) == ("total", ("volume_drop",), ("volume|total",))


def test_it_is_over_soon_after_the_status_is_back() -> None:
    told = story(during(5, 35, denied=0), 80)
    assert 35 < ended(told) <= 35 + 10


@pytest.mark.story
def test_a_status_that_is_given_up_is_told_once_and_may_come_back() -> None:
    told = story(during(5, 8 * HOUR, denied=0), 14 * HOUR)
    assert ended(told) - 5 == pytest.approx(182, abs=5)


def test_it_says_what_did_not_come() -> None:
    found = SILENCE.judge(exact(*[(0, 190)] * 6))
    assert found is not None
    assert (found.window, found.observed, found.because[:34]) == (5, 0, "0 of 950 transactions in 5 minutes")
    assert 40 < found.expected < 60


def test_the_window_that_says_most_is_told() -> None:
    found = SILENCE.judge(exact(*[(0, 190)] * 20))
    assert found is not None
    assert found.window == 20


def test_one_that_has_just_come_back_is_not_found_any_more() -> None:
    assert SILENCE.judge(exact(*[(0, 190)] * 20, (9, 190))) is not None
    assert SILENCE.judge(exact(*[(0, 190)] * 20, (9, 190), (9, 190))) is None


def test_a_few_of_them_are_silence_still_and_an_eighth_is_not() -> None:
    assert SILENCE.judge(exact(*[(1, 190)] * 9)) is not None
    assert SILENCE.judge(exact(*[(2, 190)] * 9)) is None


def test_it_goes_on_until_half_of_them_are_back() -> None:
    member = Member(M0 + 200, M0 + 204, M0 + 219, 0.0, 0.0, False, ("silence",))
    going_on = SILENCE.judge(exact(*[(0, 190)] * 20, *[(4, 190)] * 7, member=member))
    assert going_on is not None
    assert (going_on.window, going_on.severity) == (1, "warning")
    assert SILENCE.judge(exact(*[(0, 190)] * 20, *[(6, 190)] * 8, member=member)) is None


def test_a_key_that_was_never_known_is_not_missed() -> None:
    model = ScopeModel()
    for minute in range(M0, M0 + 90):
        model.hear(minute, {"status": {"approved": 10, "denied": 0}}, ())
    assert SILENCE.judge(Series("status", "denied", 0, 10, None, (), M0 + 89, model)) is None
