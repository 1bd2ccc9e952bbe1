"""Late data and the rules that learn: what was told is amended or withdrawn, what was missed is told."""

from copy import deepcopy

from processors.domain.judging.timeline import Part, Timeline, TimelineOutput, TimelineState
from processors.domain.window import Dimensions, TimePolicy, end_ms
from tests.processors.domain.traffic import NOON, RULES, known, traffic

POLICY = TimePolicy(lateness_ms=0, revise_for_ms=30 * 60_000)
Said = list[tuple[str, str, int]]


class Post:
    """A timeline that knows the days before noon; minutes are counted from then."""

    def __init__(self) -> None:
        state = TimelineState.after(NOON - 1, known())
        self.timeline = Timeline(RULES, POLICY, "all", state)
        self.told = 0
        self.said: Said = []

    def tell(self, minute: int, counts: Dimensions) -> None:
        """What the minute holds now; said at once if it was judged already."""
        self.told += 1
        if self.timeline.hear(NOON + minute, 0, Part(0, self.told, counts)):
            self._note(self.timeline.revise())

    def run(self, upto: int, **changes: dict[str, float]) -> None:
        """The minutes before `upto` that have not been judged; `m5={"failed": 20}` is otherwise."""
        judged_to = self.timeline.state.judged_to
        assert judged_to is not None
        for minute in range(judged_to - NOON + 1, upto):
            self.tell(minute, traffic(NOON + minute, changes.get(f"m{minute}")))
        self._note(self.timeline.advance(end_ms(NOON + upto - 1)))

    def _note(self, outcome: TimelineOutput) -> None:
        self.said += [
            (s.stated.state, s.stated.incident.key, s.stated.incident.since - NOON)
            for s in outcome.statements
            if s.stated.state != "updated"
        ]

    def ids(self, state: str) -> set[str]:
        """Of the incidents that were last said to be this."""
        return {id_ for id_, said in self.timeline.state.stated.items() if said.state == state}


def ordinary(minute: int) -> Dimensions:
    return traffic(NOON + minute)


def test_a_rise_that_late_approvals_undo_is_withdrawn() -> None:
    """Half of the minutes' approvals came late: the denials were no larger part than ever."""
    post = Post()
    post.run(9, m5={"denied": 5, "refunded": 3}, m6={"denied": 5, "refunded": 3})
    assert post.said == [("firing", "denied", 5)]
    for minute in (5, 6):
        post.tell(minute, traffic(NOON + minute, {"all": 5}))
    assert post.said == [("firing", "denied", 5), ("withdrawn", "denied", 5)]
    post.run(30)
    assert post.said[2:] == []


def test_a_rise_that_late_failures_make_is_told_late() -> None:
    post = Post()
    post.run(20)
    assert post.said == []
    post.tell(8, traffic(NOON + 8, {"failed": 20}))
    assert post.said == [], "one minute alone is no evidence"
    post.tell(9, traffic(NOON + 9, {"failed": 20}))
    assert post.said == [("firing", "failed", 8), ("resolved", "failed", 8)]


def test_an_outage_that_was_none_because_the_rows_came_late_is_withdrawn() -> None:
    post = Post()
    post.run(8, m5={"all": 0}, m6={"all": 0}, m7={"all": 0})
    assert post.said == [("firing", "total", 5)]
    for minute in (5, 6, 7):
        post.tell(minute, ordinary(minute))
    assert post.said[1:] == [
        ("firing", "total", 6),
        ("withdrawn", "total", 5),
        ("withdrawn", "total", 6),
    ], "with the first of them it began later, which makes it another one"
    assert post.ids("firing") == set()


def test_an_outage_that_turns_out_to_be_partial_is_amended() -> None:
    post = Post()
    post.run(9, m5={"all": 0}, m6={"all": 0}, m7={"all": 0}, m8={"all": 0})
    post.tell(8, traffic(NOON + 8, {"all": 0.2}))
    assert post.said == [("firing", "total", 5), ("amended", "total", 5)]
    post.run(25)
    assert post.said[2:] == [("resolved", "total", 5)]


def test_a_silence_that_late_rows_fill_is_withdrawn_and_one_that_they_do_not_stays() -> None:
    gone = {f"m{m}": {"denied": 0.0} for m in range(5, 30)}
    post = Post()
    post.run(14, **gone)
    assert post.said == [("firing", "denied", 5)]
    post.tell(5, traffic(NOON + 5, {"denied": 0, "approved": 1.1}))
    assert post.ids("withdrawn") == set()
    for minute in range(5, 14):
        post.tell(minute, ordinary(minute))
    assert post.said[-1][0] == "withdrawn"
    assert len({key for _, key, _ in post.said}) == 1


def test_a_silence_is_told_when_its_minutes_turn_out_to_have_had_others() -> None:
    """A pipeline lags: nobody knows of a silence of denials until the approvals of the time are there."""
    post = Post()
    post.run(14, **{f"m{m}": {"denied": 0.0, "approved": 0.02} for m in range(5, 14)})
    assert [key for _, key, _ in post.said] == ["total"]
    for minute in range(5, 14):
        post.tell(minute, traffic(NOON + minute, {"denied": 0}))
    last = {(key, since): state for state, key, since in post.said}
    assert last["total", 5] == "withdrawn"
    assert last["denied", 5] in ("firing", "amended")


def test_what_late_data_did_leaves_no_trace_in_what_is_known() -> None:
    late, at_once = Post(), Post()
    late.run(8, m5={"all": 0}, m6={"all": 0}, m7={"all": 0})
    for minute in (7, 5, 6):
        late.tell(minute, ordinary(minute))
    for post in (late, at_once):
        post.run(60)
    assert late.timeline.state.anchors == at_once.timeline.state.anchors
    assert late.timeline.state.settled_to == at_once.timeline.state.settled_to == NOON + 29


def test_judging_again_changes_nothing_that_is_settled() -> None:
    post = Post()
    post.run(20, m5={"failed": 20}, m6={"failed": 20})
    anchors = deepcopy(post.timeline.state.anchors)
    assert post.timeline.revise().statements == []
    assert post.timeline.state.anchors == anchors
