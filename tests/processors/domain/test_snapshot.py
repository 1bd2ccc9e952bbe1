"""A memory as bytes, and back: nothing is lost, and what is no memory is told from one."""

import pickle
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.incidents.attribution import SplitExcess
from processors.domain.incidents.incident import incident_id
from processors.domain.incidents.memory import DimensionMemory, JudgedScope, ScopeMemory, SeriesMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.judging.planes import thin
from processors.domain.judging.snapshot import VERSION, SnapshotError, pack, unpack
from processors.domain.model.recurring import Recurring, Rise
from processors.domain.model.slots import table_of
from processors.domain.model.wander import LEAST
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import SeriesKey
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.desk import MIXED
from tests.processors.domain.stories import LEARNING, Told, spread, stories
from tests.processors.domain.traffic import DAY, FIRST, HOUR, NOON, RULES, during, known, traffic

STORED = Path(__file__).parent / "data" / "memory_with_incident.msgpack"
"""As an earlier release wrote it: with an open incident, a series in it, and what comes back after it."""


def told(rules: RuleSet, story: list[tuple[Told, int]], start: int) -> ScopeMemory:
    memory = ScopeMemory()
    for minute, (counts, blind) in enumerate(spread(story), start=start):
        judge(JudgedScope(rules, memory, "all"), minute, MinuteCounts(counts), blind=blind)
    return memory


@pytest.mark.parametrize("rules", [LEARNING, MIXED], ids=["learning", "mixed"])
@settings(PROPERTY, max_examples=60)
@given(stories, st.sampled_from([NOON - 30, NOON + 90, FIRST + DAY - 5]))
def test_whatever_is_remembered_comes_back(rules: RuleSet, story: list[tuple[Told, int]], start: int) -> None:
    memory = told(rules, story, start)
    raw = pack(memory)
    again = unpack(raw)
    assert again == memory
    assert repr(again) == repr(memory), "the order of keys as well"
    assert pack(again) == pack(deepcopy(memory)) == raw


@pytest.mark.parametrize("scale", [0.02, 1.0, 400.0, 1e8])
def test_days_of_traffic_come_back_with_an_incident_that_is_open(scale: float) -> None:
    memory = known(NOON)
    for i in range(40):
        counts = traffic(NOON + i, during(20, 60, denied=5.0)(i), scale)
        judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(counts, {"0": i}))
    assert memory.incidents
    assert unpack(pack(memory)) == memory
    assert pack(unpack(pack(memory))) == pack(memory)


def test_a_stored_memory_with_an_incident_is_read_and_written_as_ever() -> None:
    memory = unpack(STORED.read_bytes())
    (incident,) = memory.incidents.values()
    assert incident.id == incident_id("ab12", "shop", "status", "denied", 28_999_999)
    assert (incident.seen.count, incident.lost, incident.reckoning.recent[-1].lost) == (40, 32.0, 16.0)
    assert (incident.causes[0].key, incident.effects) == ("51", SplitExcess(rate=30.0, volume=2.0))
    assert memory.members[SeriesKey("status", "denied")].rules == ("rise",)
    assert memory.rebound is not None
    assert memory.rebound.incident == incident
    assert pack(memory) == STORED.read_bytes()


def test_a_memory_that_came_back_goes_on_as_the_other_one_does() -> None:
    memory = known(NOON)
    again = unpack(pack(memory))
    for i in range(2 * HOUR):
        held = MinuteCounts(traffic(NOON + i, during(20, 50, all=0.0)(i)))
        assert judge(JudgedScope(RULES, again, "all"), NOON + i, held) == judge(
            JudgedScope(RULES, memory, "all"), NOON + i, held
        )
    assert pack(again) == pack(memory)


def test_what_came_back_changes_apart() -> None:
    raw = pack(known(NOON))
    first, second = unpack(raw), unpack(raw)
    judge(JudgedScope(RULES, first, "all"), NOON, MinuteCounts(traffic(NOON)))
    assert second == known(NOON)


def test_nothing_at_all_comes_back() -> None:
    assert unpack(pack(ScopeMemory())) == ScopeMemory()


def test_series_that_the_model_does_not_know_come_back() -> None:
    alone = DimensionMemory(3, [7, 300, 70_000], {"a": SeriesMemory([1, 2, 3], [2**40]), "b": SeriesMemory([-1], [])})
    memory = ScopeMemory({"status": alone, "auth_code": DimensionMemory()})
    assert unpack(pack(memory)) == memory


def test_a_series_after_days_is_small() -> None:
    memory = known(NOON)
    series = sum(len(keys) for keys in memory.model.shares.values())
    assert len(pack(memory)) / series < 1_200


def test_two_weeks_add_little_to_it() -> None:
    memory = known(NOON)
    day = len(pack(memory))
    for quarter in range(14 * 96):
        memory.model.volume.habits.learn(memory.model.volume.habits.upto + 1, 50.0 + quarter % 97, barred=False)
    assert len(pack(memory)) - day < 3_000


def test_what_a_release_before_has_stored_is_read_with_its_profile() -> None:
    """A volume had nine parts then, and a table of weekdays and of weekends."""
    memory = known(NOON)
    stored = msgspec.msgpack.decode(pack(memory)[1:])
    day = float(NOON // DAY - 1)
    table = table_of({place: (24 * (100.0 + place), 24.0, day) for place in range(96)}, 96)
    stored[10] = [*stored[10][:4], 1, thin(table, 96, 20), *stored[10][6:9]]
    again = unpack(bytes([VERSION]) + msgspec.msgpack.encode(stored))
    volume = again.model.volume
    assert volume.habits.usual(NOON // 15 + 8) == pytest.approx(100 + 48 + 8, rel=0.001)
    assert (volume.usual, volume.lows) == (0.0, b"")
    assert volume.totals == memory.model.volume.totals
    judge(JudgedScope(RULES, again, "all"), NOON, MinuteCounts(traffic(NOON)))
    assert unpack(pack(again)) == again


def test_shares_of_a_release_before_are_read_as_steady_ones_without_habits() -> None:
    """A share had eight parts then."""
    memory = known(NOON)
    stored = msgspec.msgpack.decode(pack(memory)[1:])
    for keys in stored[12].values():
        for key in keys:
            keys[key] = keys[key][:8]
    again = unpack(bytes([VERSION]) + msgspec.msgpack.encode(stored))
    for keys, before in zip(again.model.shares.values(), memory.model.shares.values(), strict=True):
        for key, share in keys.items():
            assert (share.noise, share.recurring.rises) == (LEAST, {})
            assert share == replace(before[key], noise=LEAST, recurring=Recurring())


def test_what_rises_by_habit_comes_back() -> None:
    memory = known(NOON)
    share = memory.model.shares["status"]["denied"]
    share.noise, share.recurring = 0.25, Recurring({7: Rise(-20, 29, 31), 100: Rise(3, 5, 16)})
    assert unpack(pack(memory)) == memory


def test_a_count_beyond_64_bits_cannot_be_packed() -> None:
    memory = ScopeMemory({"status": DimensionMemory(1, [2**63], {})})
    with pytest.raises(SnapshotError, match="64 bits"):
        pack(memory)
    with pytest.raises(SnapshotError, match="cannot be packed"):
        pack(ScopeMemory(last_data=2**70))


def test_another_format_is_refused() -> None:
    raw = pack(known(NOON))
    for other in (bytes([VERSION + 1]) + raw[1:], b"", b"{}", pickle.dumps(1)):
        with pytest.raises(SnapshotError, match="begins otherwise"):
            unpack(other)


@settings(PROPERTY, max_examples=300)
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["cut", "flip", "grow"]))
def test_what_is_damaged_is_refused_or_reads_as_a_memory_but_never_fails_otherwise(
    at: int, byte: int, how: str
) -> None:
    raw = bytearray(pack(known(NOON)))
    at = 1 + at % (len(raw) - 1)
    if how == "cut":
        del raw[at:]
    elif how == "flip":
        raw[at] = byte
    else:
        raw[at:at] = bytes([byte])
    with suppress(SnapshotError):
        assert isinstance(unpack(bytes(raw)), ScopeMemory)


@PROPERTY
@given(st.binary(max_size=300))
def test_what_was_never_a_memory_is_refused(raw: bytes) -> None:
    with pytest.raises(SnapshotError):
        unpack(bytes([VERSION]) + raw)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((0, "status", 2, "approved", 0), 62),
        ((0, "status", 2, "approved", 0), 0),
        ((10, 1), b""),
        ((10, 2), b"\1" * 16),
        ((10, 4), 3),
        ((10, 6), b"x"),
        ((10, 9), b"x"),
        ((10, 12), b"x"),
        ((12, "status", "approved", 1), -1),
        ((12, "status", "approved", 1), 1 << 61),
        ((12, "status", "approved", 7), False),
        ((12, "status", "approved", 8), 1e200),
        ((12, "status", "approved", 9), b"x"),
        ((13,), b""),
    ],
)
def test_what_does_not_fit_together_is_refused(place: tuple[int | str, ...], value: object) -> None:
    stored = msgspec.msgpack.decode(pack(known(NOON))[1:])
    inner = stored
    for step in place[:-1]:
        inner = inner[step]
    assert inner[place[-1]] != value
    inner[place[-1]] = value
    with pytest.raises(SnapshotError):
        unpack(bytes([VERSION]) + msgspec.msgpack.encode(stored))
