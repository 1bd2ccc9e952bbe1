"""`floodmark keys`: a key is shown once, works at once at every gateway, and no more when it is revoked."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner, Result

from floodmark.cli import app
from floodmark.gateway.security.api_keys import KeyRing
from floodmark.gateway.security.key_topic import KeyTopic
from floodmark.gateway.security.principals import ApiRight
from schemas.topics import Topics
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

NOW_MS = 1_800_000_000_000


@pytest.fixture
def place(kafka: str) -> tuple[str, str]:
    return kafka, unique_prefix()


def keys(place: tuple[str, str], *words: str) -> Result:
    more = ("--broker", place[0], "--topic-prefix", place[1])
    return CliRunner().invoke(app, ["keys", *words, *more], env={"COLUMNS": "200"})


@pytest.mark.kafka
def test_a_key_from_its_making_to_its_end(place: tuple[str, str]) -> None:
    made = keys(place, "create", "till 7", "--right", "ingest", "--right", "read", "--rate", "50", "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.output)
    key = told["key"]
    assert {"name": "till 7", "rights": ["ingest", "read"], "rate": 50, "good": True}.items() <= told.items()
    ring = KeyRing()
    with closing(KeyTopic(place[0], Topics(place[1]), ring)) as topic:
        assert topic.caught_up.wait(PATIENCE_S)
        holder = ring.holder(key, NOW_MS)
        assert holder is not None
        assert (holder.name, holder.rights, holder.rate) == ("till 7", {ApiRight.INGEST, ApiRight.READ}, 50)
        listed = keys(place, "list")
        assert "till 7" in listed.output
        assert "good" in listed.output
        assert key not in listed.output
        assert keys(place, "revoke", key).exit_code == 0
        until(lambda: ring.holder(key, NOW_MS) is None, "the gateway knows that the key is revoked")
    (again,) = [json.loads(line) for line in keys(place, "list", "--json").output.splitlines()]
    assert (again["good"], again["revoked"] is not None) == (False, True)
    assert "revoked" in keys(place, "list").output


@pytest.mark.kafka
def test_a_key_that_nobody_made_cannot_be_revoked_and_without_keys_it_is_said_how_to_make_one(
    place: tuple[str, str],
) -> None:
    nothing = keys(place, "list")
    assert (nothing.exit_code, "floodmark keys create" in nothing.output) == (0, True)
    unknown = keys(place, "revoke", "fm_nobody")
    assert (unknown.exit_code, "no such key" in unknown.output) == (2, True)


@pytest.mark.kafka
def test_a_key_that_is_made_for_people_says_what_it_may_and_that_it_is_not_shown_again(place: tuple[str, str]) -> None:
    made = keys(place, "create", "wall", "--days", "30")
    assert made.stdout.startswith("fm_")
    assert "may read, until 20" in made.stderr
    assert made.stdout.strip() not in made.stderr


def test_what_is_no_right_or_no_name_is_wrong_usage() -> None:
    place = ("127.0.0.1:9", "")
    wrong = keys(place, "create", "x", "--right", "write")
    assert (wrong.exit_code, "read, ingest, operate, admin" in wrong.output) == (2, True)
    assert keys(place, "create", " ").exit_code == 2
    assert keys(place, "create", "x" * 101).exit_code == 2
