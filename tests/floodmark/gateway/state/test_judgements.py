"""What the gateway knows of a judge is what a worker would recover, whenever it asks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from floodmark.gateway.state.judgements import Judgements
from processors.changelog import Recovered, recover
from processors.domain.counting.partial import judge_of
from processors.stages.judging_state import stored_position, stored_timelines
from schemas.alert import Alert
from tests.processors.changelog.shelf import BALLAST, Shelf
from tests.processors.changelog.test_judged_state import Owner
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.desk import MIXED, status
from tests.processors.domain.hearings import TIGHT, chunks, inputs

MORE = status(approved=40, denied=9)


def nothing_open(_scope: str) -> list[Alert]:
    return []


def judgements(judges: int = 1) -> Judgements:
    made = Judgements(lambda: MIXED, TIGHT, nothing_open, lambda: 5_000)
    made.begin(judges)
    made.ready = True
    return made


@settings(PROPERTY, max_examples=25)
@given(st.data(), inputs(), st.booleans())
def test_a_timeline_is_what_a_worker_recovers(data: st.DataObject, records: list, heavy: bool) -> None:  # type: ignore[type-arg]
    owner, known = Owner(Shelf(heavy)), judgements()
    told: dict[bytes, bytes] = {}
    for chunk in chunks(data, records):
        owner.hear(chunk)
        owner.store()
        for key in told.keys() - owner.shelf.held.keys():
            known.take(0, key, None, 0)
        for key, value in owner.shelf.held.items():
            if told.get(key) != value:
                known.take(0, key, value, 4_000)
        told = dict(owner.shelf.held)
        found = _recovered(owner)
        at = stored_position(found)
        expected = stored_timelines(found, at, MIXED, TIGHT)
        for scope, timeline in expected.items():
            mine = known.timeline(scope)
            assert mine is not None
            assert mine.state.judged_to == timeline.state.judged_to
            assert mine.parts == timeline.parts
            if timeline.state.judged_to is not None:
                timeline.watch = at.watch
                assert mine.as_if_closed(timeline.state.judged_to + 2, MORE) == timeline.as_if_closed(
                    timeline.state.judged_to + 2, MORE
                )
        assert known.timeline("nobody") is None


def _recovered(owner: Owner) -> Recovered:
    found = recover(owner.shelf.held)
    found.values.pop(BALLAST, None)
    return found


def test_before_all_was_read_it_says_why_there_is_nothing() -> None:
    known = judgements()
    assert known.why_not("all") is None
    known.ready = False
    assert "being read" in (known.why_not("all") or "")


def test_a_scope_is_looked_for_where_its_judge_stores_it() -> None:
    known = judgements(6)
    assert known.age_s("all") == 0.0
    owner = Owner(Shelf())
    owner.store()
    for key, value in owner.shelf.held.items():
        known.take(judge_of("all", 6), key, value, 4_000)
    assert known.age_s("all") == 1.0
    assert known.age_s("shop") == 0.0
