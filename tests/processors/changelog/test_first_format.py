"""State that was written before there were checkpoints is read and carried on: no number and no word is lost."""

import json
import re
from typing import Any

import pytest

from processors.changelog import Recovered, recover
from processors.domain.counting.fact import Fact
from processors.domain.counting.packed import unpack
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.versions import version_of
from processors.present import MachineClock
from processors.stages import first_format
from processors.stages.count_stage import CountStage
from processors.stages.counting_state import SourceState
from processors.stages.judge_stage import JudgeStage
from processors.stages.judging_state import JudgeState, stored_position, stored_timelines
from schemas.topics import Topics
from tests.processors.changelog.long_ago import CUT, FILE, POLICY, records, words
from tests.processors.changelog.shelf import Shelf, changes_of
from tests.processors.domain.build import recounted, rows
from tests.processors.domain.desk import MIXED
from tests.processors.domain.hearings import Said, said_by

PARTITION = 3
LOST = re.compile(r"lost=[^,]*, ")
SEVERE = re.compile(
    r"severity='[a-z]+', score=[^,]*, |, reckoning=Reckoning\(.*worst=Damage\([^)]*\)\)|"
    r"(?<=verdict=)'(info|warning|critical)'"
)
SAID = re.compile(r"StatedIncident\(revision=[0-9]+, ")
ID = re.compile("id='[0-9a-f]{16}'")
"""Ids were made of the version of the rules; what goes on keeps its id: a place and its revision say which it is."""


def held(table: str) -> dict[bytes, bytes]:
    return {key.encode(): value.encode() for key, value in json.loads(FILE.read_text())[table].items()}


def found(table: str) -> Recovered:
    recovered = recover(held(table))
    assert (recovered.strange, len(recovered.first)) == (0, len(held(table)))
    return recovered


def loaded_count(topic_id: str = "topic-1") -> SourceState:
    stage = CountStage("transactions", *[Unasked()] * 5)
    stage.configure(Topics(), POLICY, 6, 1, 20_000, 0, MachineClock())
    return stage.load(PARTITION, found("counts"), topic_id)


def loaded_judge(topic_id: str = "topic-2") -> JudgeState:
    stage = JudgeStage("partials", *[Unasked()] * 5)
    stage.configure(Topics(), POLICY, MIXED, 2, 2, Unasked())
    return stage.load(PARTITION, found("judgements"), topic_id)


class Unasked:
    """What a stage has beside its state; to load it, it asks nothing of them but a name."""

    topic = ""


def rest_said_by(judge: PartitionJudge) -> Said:
    # Of a silence of which nothing is to be said, the code of then told to its end.
    said = set().union(*(said_by(judge, offset, word) for offset, word in enumerate(words()) if offset >= CUT))
    return {plain(each) for each in said if "verdict='no_data'" not in each and "state='amended'" not in each}


def plain(word: str) -> str:
    """Without ids, and without what is lost, and how severe that is, which was not told or not so told then."""
    return SAID.sub("StatedIncident(", SEVERE.sub("", LOST.sub("", ID.sub("id=?", word))))


def assert_goes_on(found: Said, truth: Said) -> None:
    """All is said, and beside it no more than what was lost by an incident that had just ended."""
    assert found >= truth
    assert ["state='resolved'" in each for each in found - truth] in ([], [True])


@pytest.fixture(scope="module")
def truth() -> Said:
    """What a judge says after the cut that has never been stored."""
    judge = PartitionJudge(MIXED, POLICY, epoch=1)
    for offset, word in enumerate(words()[:CUT]):
        said_by(judge, offset, word)
    return rest_said_by(judge)


def test_counting_goes_on_exactly() -> None:
    state = loaded_count()
    assert (state.epoch, state.position) == (1, CUT - 1)
    due, late = recounted(records(), POLICY), set()
    for start in range(CUT, 2 * CUT, 9):
        piece = records()[start : start + 9]
        late |= {piece[i].offset for i in state.apply(rows(piece), piece[-1].offset).late}
    told = {
        (minute, scope): unpack(fact.packed(scope)) for minute, fact, scopes in state.take_unsent() for scope in scopes
    }
    tallies = {minute: fact.tally for minute, fact in due.facts.items()}
    assert told
    assert all(counts == tallies[minute][scope] for (minute, scope), counts in told.items())
    assert {m: {s: unpack(c) for s, c in f.tally.items()} for m, f in state.count.facts.items()} == {
        m: t for m, t in tallies.items() if not POLICY.is_settled(m, state.count.watermark_ms)
    }
    assert late == {offset for offset in due.late if offset >= CUT}


def test_judging_goes_on_word_for_word(truth: Said) -> None:
    state = loaded_judge()
    assert (version_of(state.epoch, 7), state.position) == ((1 << 48) | 7, CUT - 1)
    assert len(truth) > 300
    assert_goes_on(rest_said_by(state.judge), truth)


def test_what_had_been_told_of_keeps_its_id() -> None:
    judge = loaded_judge().judge
    open_then = {id_ for timeline in judge.timelines.values() for id_, said in timeline.state.stated.items()}
    assert open_then
    said = [each for offset, word in enumerate(words()) if offset >= CUT for each in said_by(judge, offset, word)]
    assert {id_ for id_ in open_then if any(id_ in each and "state='resolved'" in each for each in said)}


def test_what_was_written_anew_in_the_form_of_today_says_the_same(truth: Said) -> None:
    state = loaded_judge()
    shelf = Shelf()
    shelf.held = held("judgements")
    shelf.recovered()
    where = state.epoch, state.position
    shelf.store(where, state.encoded_position("topic-2"), changes_of(state), state.everything, state.value_of)
    assert not shelf.held.keys() & held("judgements").keys()
    again = shelf.recovered()
    at = stored_position(again)
    timelines = stored_timelines(again, at, MIXED, POLICY)
    judge = PartitionJudge(
        MIXED, POLICY, epoch=again.epoch, position=again.offset, marks=at.marks, timelines=timelines, watch=at.watch
    )
    assert_goes_on(rest_said_by(judge), truth)


@pytest.mark.parametrize(("load", "before"), [(loaded_count, 1), (loaded_judge, (1 << 48) + CUT)])
def test_in_a_recreated_topic_offsets_begin_anew(load: Any, before: int) -> None:
    state = load("another topic")
    assert state.epoch > before
    assert state.position == -1


def test_what_was_counted_of_a_topic_that_is_gone_is_counted_on() -> None:
    known, state = loaded_count().count.facts, loaded_count("another topic")
    assert known
    assert state.count.facts == {minute: Fact(2, -1, fact.tally) for minute, fact in known.items()}


def test_what_was_judged_of_a_topic_that_is_gone_stays() -> None:
    assert sorted(loaded_judge("another topic").judge.timelines) == ["all", "shop", "till"]


GARBAGE = {
    b"3|position": b"\x00\xff",
    b"3|29205365": b"[]",
    b"3|course|all": b"{}",
    b"3|parts|x|all": b"[1,1,{}]",
    b"3|parts|29205365|caf\xe9": b"[1,1,{}]",
    b"3|": b"",
    b"9|position": b'[1,9,0,"topic-1"]',
}
"""Keys as of the first format, of which none can have been written by a worker, or not for this partition."""


@pytest.mark.parametrize(("key", "value"), GARBAGE.items(), ids=map(repr, GARBAGE))
def test_garbage_before_the_first_checkpoint_is_counted_and_ignored(key: bytes, value: bytes) -> None:
    for read in (first_format.counted, first_format.judged):
        found: Any = read({key: value}, PARTITION)
        assert (found.position, found.strange) == (None, 1)


def test_garbage_beside_the_state_of_then_takes_nothing_of_it() -> None:
    garbage = {key: value for key, value in GARBAGE.items() if b"position" not in key} | {b"3|0": b"no fact"}
    garbage.pop(b"3|29205365")
    truth, found = (first_format.counted(held("counts") | more, PARTITION) for more in ({}, garbage))
    assert (truth.strange, found.strange) == (0, len(garbage))
    assert (found.position, found.facts) == (truth.position, truth.facts)


def test_minutes_whose_position_cannot_be_read_are_a_state_that_is_damaged() -> None:
    for table, read in (("counts", first_format.counted), ("judgements", first_format.judged)):
        with pytest.raises(ValueError, match="its position cannot be read"):
            read(held(table) | {b"3|position": b"[1"}, PARTITION)
