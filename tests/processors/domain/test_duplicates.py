"""A feed that comes in twice is no surge and no outage when it ends: it is said to be what it is."""

import numpy as np

from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.window import Dimensions
from tests.processors.domain.traffic import NOON, RULES, Told, fired, known, traffic


def doubled(counts: Dimensions) -> Dimensions:
    return {d: {key: [2 * count, 2 * amount] for key, (count, amount) in keys.items()} for d, keys in counts.items()}


def told(minutes: dict[int, Dimensions], memory: ScopeMemory | None = None) -> list[Told]:
    """What is told of these minutes, counted from noon, and the words on `approved`."""
    memory = memory or known(NOON)
    steps = []
    for i, counts in minutes.items():
        judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(counts))
        steps += [Told(step, i, incident) for step, incident in judged.steps]
    return steps


def twice(first: int, last: int, upto: int) -> dict[int, Dimensions]:
    """Ordinary minutes, and between these everything twice."""
    minutes = {i: traffic(NOON + i) for i in range(upto)}
    return {i: doubled(counts) if first <= i <= last else counts for i, counts in minutes.items()}


def test_everything_twice_is_said_once_as_what_it_is() -> None:
    steps = told(twice(10, 39, 70))
    assert [(each.step, each.lead) for each in steps] == [
        ("firing", "stream|duplicated"),
        ("resolved", "stream|duplicated"),
    ]
    assert steps[0].incident.since == NOON + 10
    assert steps[0].at <= 10 + 6
    assert steps[1].at == 42


def test_while_it_lasts_the_minutes_are_unknown() -> None:
    memory = known(NOON)
    told(twice(10, 20, 21), memory)
    judged = judge(JudgedScope(RULES, memory, "all"), NOON + 21, MinuteCounts(doubled(traffic(NOON + 21))))
    assert {v.verdict for v in judged.verdicts} == {"unknown"}


def test_what_is_wrong_meanwhile_waits_until_it_is_over() -> None:
    minutes = twice(10, 39, 70)
    for i in range(20, 70):
        minutes[i] = traffic(NOON + i, {"failed": 30.0})
        if i <= 39:
            minutes[i] = doubled(minutes[i])
    steps = [each for each in told(minutes) if each.step == "firing"]
    assert [each.lead for each in steps] == ["stream|duplicated", "status|failed"]
    assert steps[1].at in (40, 41, 42)


def test_twice_as_much_of_everything_by_itself_is_a_surge() -> None:
    assert fired(told({i: traffic(NOON + i, {"all": 2.0} if i >= 10 else None) for i in range(40)})) == []


def test_even_counts_of_the_usual_size_are_chance() -> None:
    even = {
        i: {d: {k: [c + c % 2, a] for k, (c, a) in keys.items()} for d, keys in traffic(NOON + i).items()}
        for i in range(30)
    }
    assert fired(told(even)) == []


def test_codes_alone_have_no_volume() -> None:
    memory = ScopeMemory()
    steps = told({i: {"auth_code": {"51": [4, 0]}} for i in range(40)}, memory)
    assert steps == []


def test_twenty_hours_are_said_once_and_over_once() -> None:
    steps = told(twice(10, 1209, 1260))
    assert [(each.step, each.lead) for each in steps if each.step != "updated"] == [
        ("firing", "stream|duplicated"),
        ("resolved", "stream|duplicated"),
    ]
    assert steps[-1].at == 1209 + RULES.resolve_after


def test_an_outage_meanwhile_is_not_taken_for_even_counts() -> None:
    memory = known(NOON)
    told(twice(10, 20, 21), memory)
    judged = judge(JudgedScope(RULES, memory, "all"), NOON + 21, MinuteCounts({}))
    assert {v.verdict for v in judged.verdicts} == {"no_data"}
    assert memory.even == (0, 0)


def rows_twice(first: int, last: int, upto: int, part: float) -> dict[int, Dimensions]:
    """Ordinary minutes; between these each count comes twice by this chance."""
    minutes, draw = {i: traffic(NOON + i) for i in range(upto)}, np.random.default_rng(1)
    for i in range(first, last + 1):
        for keys in minutes[i].values():
            for key, (count, amount) in keys.items():
                if draw.random() < part:
                    keys[key] = [2 * count, amount]
    return minutes


def test_rows_that_come_twice_now_and_then_are_said_once_as_what_they_are() -> None:
    steps = [each for each in told(rows_twice(10, 89, 130, 0.4)) if each.lead == "stream|part_duplicated"]
    assert [each.step for each in steps] == ["firing", "resolved"]
    assert 10 <= steps[0].incident.since - NOON <= 14
    assert 20 <= steps[0].at <= 50
    assert 89 < steps[1].at <= 89 + 20 + RULES.resolve_after
    assert steps[0].incident.severity == "warning"


def test_counts_that_jump_to_twice_by_themselves_are_odd_before_long() -> None:
    jumping = {i: traffic(NOON + i, {"all": 1.0 + i % 2}) for i in range(200)}
    assert [each for each in told(jumping) if each.lead == "stream|part_duplicated"] == []
    memory = ScopeMemory()
    for i in range(10):
        counts = MinuteCounts({"status": {"approved": [100 + 100 * (i % 2), 0]}})
        judge(JudgedScope(RULES, memory, "all"), NOON + i, counts)
    assert memory.jumps == (NOON + 1, NOON + 9, 5, 0)
    judge(JudgedScope(RULES, memory, "all"), NOON + 10, MinuteCounts({"status": {"approved": [100, 0]}}))
    judge(JudgedScope(RULES, memory, "all"), NOON + 11, MinuteCounts({"status": {"approved": [201, 0]}}))
    assert memory.jumps == (0, 0, 0, 0)


def test_jumps_of_half_an_hour_ago_are_forgotten() -> None:
    memory = ScopeMemory()
    for i, count in enumerate([100, 200, *[150] * 30]):
        judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts({"status": {"approved": [count, 0]}}))
    assert memory.jumps == (0, 0, 0, 0)


def test_where_counts_are_always_even_that_says_nothing() -> None:
    memory = known(NOON)
    pairs = {i: doubled(traffic(NOON + i, {"all": 0.5})) for i in range(130)}
    told(pairs, memory)
    surge = {i: doubled(traffic(NOON + i, {"all": 1.0 + 0.5 * (i % 2)})) for i in range(130, 200)}
    assert [each.lead for each in told(surge, memory) if each.lead.startswith("stream")] == []
