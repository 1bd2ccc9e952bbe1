"""One cause, one incident: who leads it, and who belongs to it."""

from dataclasses import replace

from tests.processors.domain.traffic import NOON, RULES, during, ended, fired, once, story

APART = replace(RULES, group=False)


def test_one_auth_code_and_the_denials_it_makes_are_one_incident_led_by_denied() -> None:
    told = story(during(5, 25, **{"51": 8}), 80)
    incident = once(told)
    assert (incident.dimension, incident.key) == ("status", "denied")
    assert incident.members == ("auth_code|51", "status|denied")
    assert incident.rules == ("code_rise", "share_rise")
    assert told[-1].incident.id == incident.id


def test_denials_are_led_by_the_status_also_if_a_code_shows_them_first() -> None:
    """59 for 51: as many denials as ever, with other reasons."""
    incident = once(story(during(5, 45, **{"51": 0.4, "59": 2.5}), 100))
    assert (incident.dimension, incident.key, incident.members) == ("status", "denied", ("auth_code|59",))


def test_what_joins_later_is_a_member_and_no_page() -> None:
    told = story(lambda i: {"failed": 20 if 5 <= i < 30 else 1, "reversed": 8 if 12 <= i < 30 else 1}, 80)
    assert once(told).members == ("status|failed",)
    assert told[-1].incident.members == ("status|failed", "status|reversed")
    assert told[-1].incident.key == "failed"


def test_of_two_that_begin_together_the_one_that_is_further_out_leads() -> None:
    incident = once(story(during(5, 25, reversed=3, failed=40), 80))
    assert incident.key == "failed"


def test_a_flapping_failure_is_one_incident() -> None:
    told = story(lambda i: {"failed": 20} if 5 <= i < 65 and i % 4 < 2 else {}, 120)
    assert 65 <= ended(told) <= 76


def test_two_failures_with_an_hour_between_them_are_two() -> None:
    told = story(lambda i: {"failed": 20} if 5 <= i < 12 or 70 <= i < 77 else {}, 120)
    assert len(fired(told)) == 2
    first, second = (each.incident for each in told if each.step == "firing")
    assert first.id != second.id
    assert second.since - NOON >= 69


def test_codes_do_not_follow_a_denied_incident_with_pages_of_their_own() -> None:
    told = story(lambda i: {"denied": 4 if 5 <= i < 30 else 1, "51": 3 if 15 <= i < 30 else 1}, 90)
    assert once(told).key == "denied"


def test_without_grouping_each_series_has_its_own_incident() -> None:
    told = story(during(5, 25, failed=20, reversed=8), 80, rules=APART)
    leads = {each.lead for each in told if each.step == "firing"}
    assert leads == {"status|failed", "status|reversed"}
    assert all(len(each.incident.members) == 1 for each in told)
    ids = {each.incident.id for each in told}
    assert len(ids) == len(fired(told))


def test_severity_rises_with_what_is_lost_and_is_the_highest_when_it_is_over() -> None:
    told = story(lambda i: {"denied": 2 if 5 <= i < 25 else 6 if 25 <= i < 40 else 1}, 90)
    assert once(told).severity == "warning"
    assert told[-1].incident.severity == "critical"
