import json
from collections.abc import Iterator

import httpx
import pytest

from floodmark.local.up.health import Complaint, Patients, ask
from runtime import http_health


def test_one_that_says_nothing_bad_is_no_patient() -> None:
    assert Patients().after("worker-1", 7, None, 0.0).lost(1e9) == {}


def test_one_is_lost_after_it_was_unwell_long_enough_and_not_before() -> None:
    patients = Patients().after("w", 7, "stuck", 10.0).after("w", 7, "still stuck", 40.0)
    assert patients.lost(54.9, patience_s=45) == {}
    (unwell,) = patients.lost(55.0, patience_s=45).values()
    assert (unwell.reason, unwell.pid, unwell.since) == ("still stuck", 7, 10.0)


def test_one_that_recovers_begins_at_zero() -> None:
    patients = Patients().after("w", 7, "stuck", 0.0).after("w", 7, None, 30.0).after("w", 7, "stuck", 60.0)
    assert patients.lost(100.0, patience_s=45) == {}


def test_a_new_life_does_not_pay_for_the_last_one() -> None:
    patients = Patients().after("w", 7, "stuck", 0.0).after("w", 8, "starting", 44.0)
    assert patients.lost(60.0, patience_s=45) == {}


def test_one_patient_does_not_cure_another() -> None:
    patients = Patients().after("a", 1, "stuck", 0.0).after("b", 2, None, 1.0)
    assert set(patients.unwell) == {"a"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60.0, trust_env=False) as one:
        yield one


@pytest.mark.parametrize(("well", "complaint"), [(True, None), (False, "no progress")])
def test_a_component_is_asked_how_it_is(client: httpx.Client, well: bool, complaint: str | None) -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (well, "no progress")) as server:
        assert ask(client, server.url) == (Complaint(complaint) if complaint else None)


def test_one_that_needs_people_says_so_and_is_not_started_anew(client: httpx.Client) -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (False, "401"), needs_people=lambda: True) as server:
        assert ask(client, server.url) == Complaint("401", needs_people=True)
    patients = Patients().after("webhook", 7, "401", 0.0, needs_people=True)
    assert patients.lost(1e9) == {}
    assert patients.unwell["webhook"].reason == "401"


def test_one_that_does_not_answer_is_unwell(client: httpx.Client) -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (True, "")) as server:
        url = server.url
    assert ask(client, url) == Complaint("it does not answer (ConnectError)")


@pytest.mark.parametrize("body", ["not json", json.dumps({}), json.dumps([1])])
def test_an_answer_without_a_reason_is_told_by_its_status(body: str) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(503, text=body))
    with httpx.Client(transport=transport) as client:
        assert ask(client, "http://x") == Complaint("it answers 503")
