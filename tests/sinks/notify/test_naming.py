from hypothesis import given
from hypothesis import strategies as st

from sinks.notify.naming import name_of
from tests.sinks.notify.desk_kit import ROUTES, S, World

PARTS = st.lists(st.text("ab|\\", max_size=3), min_size=1, max_size=3)
GROUPED = ROUTES.replace('name = "all"', 'name = "all"\n    group_by = ["scope"]')


@given(PARTS, PARTS)
def test_two_things_never_have_one_name(one: list[str], other: list[str]) -> None:
    assert (name_of(*one) == name_of(*other)) == (one == other)


def test_what_was_named_before_words_of_others_were_marked_is_called_the_same() -> None:
    assert name_of("report", "day", "1767769200000", "payments") == "cc0452d8d9c3c252"


def test_incidents_whose_words_run_together_have_conversations_of_their_own() -> None:
    world = World(GROUPED)
    world.say("z", scope="x|y")
    world.say("y|z", scope="x")
    world.say("z", scope="x|y")
    world.until(40 * S)
    assert [list(each.members) for each in world.desk.notifications.values()] == [["z"], ["y|z"]]
    assert [why for _, _, _, why in world.told] == ["open", "open"]


def test_an_incident_that_comes_back_takes_the_place_of_no_conversation_that_has_its_name() -> None:
    world = World(GROUPED)
    world.say("first", scope="s")
    world.say("second", scope="s")
    world.say("first", scope="s", state="resolved")
    world.desk.leave_the_past()
    world.until(3_600 * S)
    world.say("first", scope="s")
    world.say("second", scope="s")
    assert [list(each.members) for each in world.desk.notifications.values()] == [["second"], ["first"]]
