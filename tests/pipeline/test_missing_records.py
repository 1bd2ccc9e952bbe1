"""What the count stage keeps of records that were deleted before they were read, until the judges know."""

import msgspec

from processors.changelog import Recovered
from processors.domain.counting.partial import Partial
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.missing import Missing
from processors.domain.window import TimePolicy
from processors.stages.counting_state import CountPosition, SourceState, load_source
from processors.stages.partial_words import PartialWord, encode_word, gone_word, read_word
from tests.pipeline.bad_records import NOON_MS

POLICY = TimePolicy(lateness_ms=5_000, revise_for_ms=900_000)


def source(high_ms: int = NOON_MS) -> SourceState:
    return SourceState(PartitionCount(POLICY, epoch=1, position=9, high_ms=high_ms), judges=2)


def stored(state: SourceState) -> SourceState:
    """The state as the next owner reads it."""
    found = Recovered(epoch=1, offset=state.position, position=state.encoded_position("id"))
    return load_source(found, lambda **held: PartitionCount(POLICY, **held), judges=2)


def test_nothing_is_told_before_it_is_known_what_came_after_it() -> None:
    state = source()
    state.lose(40)
    assert state.take_missing() is None
    assert state.find_again(NOON_MS + 90_000)
    assert state.take_missing() == Missing(40, NOON_MS, NOON_MS + 90_000)
    assert state.take_missing() is None, "it is told once"


def test_where_nothing_is_missing_there_is_nothing_to_find_again() -> None:
    state = source()
    assert not state.find_again(NOON_MS)
    assert state.take_missing() is None


def test_more_that_is_gone_before_the_first_was_told_is_one_loss() -> None:
    state = source()
    state.lose(40)
    state.find_again(NOON_MS + 1_000)
    state.lose(2)
    state.find_again(NOON_MS + 3_000)
    assert state.take_missing() == Missing(42, NOON_MS, NOON_MS + 3_000)


def test_what_is_not_told_yet_is_known_to_the_next_owner() -> None:
    state = source()
    state.lose(40)
    state.pass_over(49)
    state = stored(state)
    state.find_again(NOON_MS + 90_000)
    state = stored(state)
    assert state.take_missing() == Missing(40, NOON_MS, NOON_MS + 90_000)
    assert stored(state).take_missing() is None


def test_what_was_stored_before_there_were_such_losses_is_read() -> None:
    old = msgspec.msgpack.encode(["id", NOON_MS, 3])
    assert msgspec.msgpack.decode(old, type=CountPosition) == CountPosition("id", NOON_MS, 3, None)


def test_it_travels_with_the_word_to_the_judge_and_words_without_it_are_as_ever() -> None:
    missing = Missing(40, -1, NOON_MS)
    told = read_word(encode_word(PartialWord(0, 1, 1, 14, NOON_MS, gone=gone_word(missing))), 1)
    assert isinstance(told, Partial)
    assert told.gone == missing
    for none in (None, Missing(40, NOON_MS)):
        plain = encode_word(PartialWord(0, 1, 1, 14, NOON_MS, gone=gone_word(none)))
        assert b"gone" not in plain
        told = read_word(plain, 1)
        assert isinstance(told, Partial)
        assert told.gone is None
