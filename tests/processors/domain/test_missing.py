"""Records that were deleted before they were read: the minutes they may have been in are unknown, and that is paged."""

import random
from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest
from msgspec import structs

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import ADVICE, KEPT, Watch
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.missing import MAX_HOLES, Hole, Missing, with_hole
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions
from processors.stages.records import alert_of
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import MIXED, POLICY, SMALL, Desk, last_words, status
from tests.processors.domain.test_one_answer import plain, without_offsets
from tests.processors.domain.traffic import RULES


def told(watch: Watch, reached_ms: int) -> list[tuple[str, str]]:
    return [(step, incident.key) for step, incident in watch.conclude(reached_ms)]


def blind(watch: Watch, minutes: range) -> list[int]:
    return [minute for minute in minutes if watch.is_blind(M0 + minute)]


def seen(*sources: int) -> Watch:
    watch = Watch()
    for source in sources:
        watch.look(source, 50, at(30), at(5), idle=False)
    return watch


def test_minutes_from_the_last_record_before_to_the_first_after_are_unknown_and_no_other() -> None:
    watch = seen(0)
    watch.lose(0, Missing(3426, at(4, 59), at(7, 1)))
    assert blind(watch, range(10)) == [4, 5, 6, 7]


def test_it_is_paged_once_and_over_when_those_minutes_are_closed() -> None:
    watch = seen(0, 2)
    watch.lose(2, Missing(3426, at(4, 59), at(7, 1)))
    ((step, incident),) = watch.conclude(at(4, 55))
    assert (step, incident.key, incident.severity, incident.since) == ("firing", "gone", "critical", M0 + 4)
    assert incident.because == (
        "records were deleted before they could be read, and are not counted: 3,426 of source partition 2",
    )
    assert told(watch, at(7, 59)) == []
    assert not watch.is_blind(M0 + 3)
    ((step, incident),) = watch.conclude(at(9))
    assert (step, incident.last_seen, incident.resolved) == ("resolved", M0 + 7, True)
    assert blind(watch, range(10)) == [4, 5, 6, 7]


def test_minutes_that_were_closed_before_it_was_known_are_paged_all_the_same() -> None:
    watch = seen(0)
    watch.lose(0, Missing(1, at(4), at(5)))
    assert told(watch, at(9)) == [("firing", "gone")]
    assert told(watch, at(9)) == [("resolved", "gone")]
    assert told(watch, at(9)) == []


def test_what_is_missing_of_other_partitions_is_added_to_the_page_that_is_open() -> None:
    watch = seen(0, 1)
    watch.lose(1, Missing(40, at(4), at(6)))
    watch.lose(1, None)
    assert told(watch, at(4)) == [("firing", "gone")]
    watch.lose(0, Missing(7, at(5), at(8)))
    ((step, incident),) = watch.conclude(at(4))
    assert step == "updated"
    assert incident.because[0].endswith(": 7 of source partition 0, 40 of source partition 1")
    assert told(watch, at(7)) == [], "those of the other one are closed, this one's are not"
    ((step, incident),) = watch.conclude(at(9))
    assert (step, incident.last_seen) == ("resolved", M0 + 8)


def test_a_second_loss_after_the_first_is_over_pages_anew() -> None:
    watch = seen(0)
    watch.lose(0, Missing(40, at(1), at(2)))
    assert [*told(watch, at(1)), *told(watch, at(3))] == [("firing", "gone"), ("resolved", "gone")]
    watch.lose(0, Missing(40, at(5), at(6)))
    assert told(watch, at(5)) == [("firing", "gone")]
    watch.lose(1, Missing(3, at(5), at(6)))
    assert told(watch, at(5)) == [("updated", "gone")]
    assert [(stretch.incident.since - M0, stretch.incident.resolved) for stretch in watch.stretches] == [
        (1, True),
        (5, False),
    ]


def test_the_same_told_again_after_a_crash_is_one_hole_and_pages_nobody() -> None:
    watch = seen(0)
    watch.lose(0, Missing(40, at(1), at(2)))
    assert [*told(watch, at(1)), *told(watch, at(3))] == [("firing", "gone"), ("resolved", "gone")]
    watch.lose(0, Missing(40, at(1), at(2)))
    assert told(watch, at(3)) == []
    assert len(watch.holes) == 1


def test_more_of_the_same_is_one_hole_that_is_told_anew() -> None:
    holes = with_hole([Hole(0, 40, at(1), M0 + 1, M0 + 3, is_told=True)], 0, Missing(50, at(1), at(4)))
    assert holes == [Hole(0, 50, at(1), M0 + 1, M0 + 5)]


@pytest.mark.parametrize(
    ("missing", "first", "until"),
    [
        (Missing(1, -1, at(5)), 5, 6),
        (Missing(1, at(5), at(3)), 3, 6),
        (Missing(1, at(5)), 5, 6),
    ],
    ids=["nothing was read before", "what came after is older", "nothing has come after"],
)
def test_a_hole_has_minutes_whatever_lies_around_it(missing: Missing, first: int, until: int) -> None:
    (hole,) = with_hole([], 0, missing)
    assert (hole.since, hole.until) == (M0 + first, M0 + until)


def test_only_so_many_holes_are_remembered_and_only_for_so_long() -> None:
    watch = seen(0)
    for number in range(MAX_HOLES + 1):
        watch.lose(0, Missing(1, at(0, 0.001 * number), at(1)))
    assert len(watch.holes) == MAX_HOLES
    told(watch, at(1))
    told(watch, at(KEPT + 1))
    assert len(watch.holes) == MAX_HOLES
    told(watch, at(KEPT + 2))
    assert watch.holes == []


def test_what_follows_a_loss_is_known_by_the_first_record_only() -> None:
    missing = Missing(5, at(1)).upto(at(3)).upto(at(9))
    assert missing == Missing(5, at(1), at(3))
    assert missing.and_more(6) == Missing(11, at(1))


def test_it_is_stored_with_the_rest_and_states_of_before_are_read() -> None:
    watch = seen(0)
    watch.lose(0, Missing(40, at(1), at(2)))
    told(watch, at(1))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(watch), type=Watch) == watch
    before = msgspec.to_builtins(watch)
    del before["holes"]
    assert msgspec.convert(before, Watch).holes == []


def test_each_word_on_it_has_a_number_of_its_own() -> None:
    desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=True))
    for second, gone in enumerate((Missing(40, at(1), at(2)), Missing(7, at(1, 1), at(3)), None)):
        desk.tell(Partial(0, 1, 0, second, at(5 if gone is None else 1), now_ms=at(60, second), gone=gone))
    words = [(statement.stated.state, statement.stated.revision) for statement in desk.statements]
    assert words == [("firing", 1), ("updated", 2), ("resolved", 3)]


def test_it_is_paged_also_where_nobody_is_sure_of_the_time() -> None:
    desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=True))
    desk.tell(Partial(0, 1, 0, 0, at(1), gone=Missing(40, at(1), at(2))))
    desk.tell(Partial(0, 1, 0, 1, at(9)))
    assert [(s.stated.incident.key, s.stated.state) for s in desk.statements] == [("gone", "firing")]
    assert desk.judge.watch.is_blind(M0 + 1)


def test_a_judge_says_unknown_of_those_minutes_and_goes_on_after_them() -> None:
    desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=True))
    for minute in range(8):
        desk.tell(
            Partial(
                0,
                1,
                0,
                100 * minute,
                at(minute),
                minutes=[PartialMinute(M0 + minute, "all", 100 * minute, status(approved=100))],
                now_ms=at(60, minute),
                gone=Missing(250, at(3, 10), at(4, 30)) if minute == 4 else None,
            )
        )
    verdicts = {row.verdict.minute - M0: row.verdict.verdict for row in desk.verdicts if row.verdict.key == "approved"}
    assert [minute for minute, verdict in sorted(verdicts.items()) if verdict == "unknown"] == [3, 4]
    assert [(s.stated.incident.key, s.stated.state) for s in desk.statements] == [
        ("gone", "firing"),
        ("gone", "resolved"),
    ]
    alert = alert_of(desk.statements[0], SMALL, 7)
    assert alert.recommendation == ADVICE["gone"]
    assert "250 of source partition 0" in alert.summary
    over = alert_of(desk.statements[1], SMALL, 8)
    assert over.summary.endswith("250 of source partition 0; minutes are whole again after 2 minutes")


def lost(desk: Desk, since: int, until: int, *, reached: int) -> None:
    """Records of these minutes are missing, as is known now."""
    missing = Missing(7, at(since, 1), at(until, 1))
    desk.tell(Partial(0, 1, 0, desk.offset + 1, at(reached), gone=missing))


def with_burst(*, upto: int) -> Desk:
    """Minutes of which the fourth has too many failures, all of them closed."""
    desk = Desk(SMALL, POLICY)
    desk.minutes({minute: status(approved=50, failed=9 * (minute == 4)) for minute in range(upto)}, upto=upto)
    return desk


def test_minutes_that_were_judged_before_it_was_known_are_unknown_and_what_rests_on_them_is_withdrawn() -> None:
    desk = with_burst(upto=6)
    assert [desk.words("failed")[minute] for minute in (3, 4, 5)] == ["normal", "critical", "normal"]
    lost(desk, 4, 4, reached=6)
    assert desk.words("failed")[4] == "unknown"
    assert desk.words("approved")[4] == "unknown"
    assert [said for said in desk.said if said[1] == 4][-1][0] == "withdrawn"
    assert desk.words("failed")[5] == "normal"
    assert desk.last("failed", 4).revision == 2


def test_an_incident_that_rests_on_other_minutes_too_is_amended() -> None:
    desk = Desk(SMALL, POLICY)
    desk.minutes({minute: status(approved=50, failed=9 * (minute in (4, 5))) for minute in range(6)}, upto=6)
    lost(desk, 4, 4, reached=6)
    assert [(state, since) for state, since, _ in desk.said[2:]] == [("firing", 5), ("withdrawn", 4)]


def test_minutes_that_are_settled_stay_as_they_were_judged() -> None:
    desk = with_burst(upto=9)
    assert desk.judge.timelines["all"].state.settled_to == M0 + 3
    desk.until(10)
    before = len(desk.verdicts)
    lost(desk, 3, 4, reached=10)
    assert desk.verdicts[before:] == []
    assert {said.key for said in (s.stated.incident for s in desk.statements)} == {"failed"}


def test_nothing_is_judged_again_where_nothing_was_judged_or_where_that_was_known() -> None:
    desk = with_burst(upto=6)
    lost(desk, 4, 4, reached=6)
    before = len(desk.verdicts)
    lost(desk, 4, 4, reached=6)
    lost(desk, 9, 9, reached=6)
    assert desk.verdicts[before:] == []
    timeline = desk.judge.timelines["all"].judge_by(SMALL)
    timeline.state.judged_to = timeline.state.settled_to
    assert timeline.distrust(M0, Watch()).verdicts == [], "all of it is settled"
    timeline.state.judged_to = timeline.state.settled_to = None
    assert timeline.distrust(M0, Watch()).verdicts == []


def live(desk: Desk, rows: Mapping[int, Dimensions]) -> None:
    """These minutes, each closed before the next one comes, by a source that is looked at."""
    for minute, counts in rows.items():
        desk.minute(minute, counts)
        desk.tell(Partial(0, 1, 0, desk.offset + 1, at(minute + 1), now_ms=at(minute + 1, 1)))


def last_of(desk: Desk) -> tuple[object, object]:
    """What is said in the end of each minute, and of each incident; up to when one was quiet is no news."""
    verdicts = {place: without_offsets(each.verdict) for place, each in last_words(desk.verdicts).items()}
    said = desk.judge.timelines["all"].state.stated.values()
    return verdicts, {
        each.incident.id: structs.replace(plain(each.incident), judged=0) for each in said if each.state != "withdrawn"
    }


@pytest.mark.parametrize("rules", [MIXED, RULES], ids=["limits", "that learn"])
@pytest.mark.parametrize("seed", range(20))
def test_it_makes_no_difference_to_what_is_said_in_the_end_when_it_becomes_known(seed: int, rules: RuleSet) -> None:
    """Before the first of its minutes is closed, or after the last."""
    chance = random.Random(seed)
    policy = replace(POLICY, revise_for_ms=15 * 60_000, says_every_minute=True)
    keys = ("failed", "denied")
    rows = {
        m: status(approved=30, **{k: 1 + chance.randrange(12) for k in keys if chance.random() < 0.9})
        for m in range(24)
    }
    since = chance.randrange(9, 13)
    until = since + chance.randrange(3)
    early, late = Desk(rules, policy), Desk(rules, policy)
    for desk in (early, late):
        live(desk, {minute: rows[minute] for minute in range(9)})
    lost(early, since, until, reached=9)
    for desk in (early, late):
        live(desk, {minute: rows[minute] for minute in range(9, 16)})
    lost(late, since, until, reached=16)
    for desk in (early, late):
        live(desk, {minute: rows[minute] for minute in range(16, 24)})
    assert early.words("approved")[since] == "unknown"
    assert last_of(early) == last_of(late)
