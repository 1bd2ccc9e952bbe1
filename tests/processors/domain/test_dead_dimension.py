"""Where rows by auth code stop and those by status go on, one of two feeds has died: that is no silence of a code."""

from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge, relive
from processors.domain.window import Dimensions
from tests.processors.domain.desk import status
from tests.processors.domain.traffic import NOON, RULES, Told, fired, known, traffic


def story(without: dict[int, str], upto: int, start: int = NOON, memory: ScopeMemory | None = None) -> list[Told]:
    """What is told of the minutes from `start` on, of which some are without a dimension; updates are left out."""
    memory = memory or known(start)
    steps = []
    for i in range(upto):
        counts: Dimensions = {d: keys for d, keys in traffic(start + i).items() if d != without.get(i)}
        judged = judge(JudgedScope(RULES, memory, "all"), start + i, MinuteCounts(counts))
        steps += [Told(step, i, incident) for step, incident in judged.steps if step != "updated"]
    return steps


def even_pair(minutes: int, count: int = 100) -> ScopeMemory:
    """What is known after so many minutes up to noon with so many statuses, and a code for each."""
    memory = ScopeMemory()
    for i in range(NOON - minutes, NOON):
        counts = MinuteCounts({**status(approved=count), "auth_code": {"00": [count, 0]}})
        judge(JudgedScope(RULES, memory, "all"), i, counts)
    return memory


def test_a_feed_of_codes_that_dies_is_told_once_and_is_over_once() -> None:
    steps = story(dict.fromkeys(range(10, 60), "auth_code"), 75)
    assert [(each.step, each.lead, each.at) for each in steps] == [
        ("firing", "stream|auth_code_silent", 12),
        ("resolved", "stream|auth_code_silent", 59 + RULES.resolve_after),
    ]
    assert steps[0].incident.since == NOON + 10
    assert steps[0].incident.severity == "warning"
    assert steps[0].incident.because == ("no auth codes come any more, statuses do: what happens is not known by code",)
    assert steps[1].incident.last_seen == NOON + 59


def test_a_feed_of_statuses_that_dies_is_no_outage() -> None:
    steps = story(dict.fromkeys(range(10, 60), "status"), 120)
    assert [(each.step, each.lead, each.at) for each in steps] == [
        ("firing", "stream|status_silent", 12),
        ("resolved", "stream|status_silent", 59 + RULES.resolve_after),
    ]
    assert steps[0].incident.severity == "critical"


def test_without_statuses_minutes_are_unknown_from_the_first_one_on() -> None:
    memory = known(NOON)
    counts = MinuteCounts({"auth_code": traffic(NOON)["auth_code"]})
    judged = judge(JudgedScope(RULES, memory, "all"), NOON, counts)
    assert {(v.dimension, v.verdict) for v in judged.verdicts} == {("auth_code", "unknown"), ("status", "no_data")}
    assert judged.steps == []


def test_an_outage_takes_both() -> None:
    memory, steps = known(NOON), list[str]()
    for i in range(10):
        judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts({}))
        steps += [f"{incident.dimension}|{incident.key}" for step, incident in judged.steps if step == "firing"]
    assert steps == ["volume|total"]


def test_it_takes_longer_to_be_sure_where_little_is_expected() -> None:
    memory, steps = even_pair(20, 4), []
    for i in range(30):
        judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(status(approved=4)))
        steps += [(step, i) for step, incident in judged.steps if incident.key == "auth_code_silent"]
    assert steps == [("firing", 7)], "32 codes were to be expected in eight minutes"


def test_codes_that_come_every_ten_minutes_are_as_ever() -> None:
    memory = known(NOON)
    for i in range(150):
        counts = {d: keys for d, keys in traffic(NOON + i).items() if d == "status" or i % 10 == 0}
        judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(counts))
        told = [(step, i) for step, incident in judged.steps if i > 20 and incident.key == "auth_code_silent"]
        assert told in ([], [("resolved", i)])


def test_where_the_status_that_codes_belong_to_stops_its_codes_stop_too() -> None:
    told = {}
    for name, denied in (("denials stop", 0), ("denials go on", 10)):
        memory, steps = ScopeMemory(), []
        for i in range(-30, 20):
            is_over = i >= 0
            counts = {
                **status(approved=90, denied=denied if is_over else 10),
                "auth_code": {} if is_over else {"51": [10, 0]},
            }
            judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(counts))
            steps += [(step, i) for step, incident in judged.steps if incident.key == "auth_code_silent"]
        told[name] = steps
    assert told == {"denials stop": [], "denials go on": [("firing", 2)]}


def test_who_has_never_sent_codes_misses_none() -> None:
    memory = ScopeMemory()
    for i in range(40):
        assert judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(status(approved=100))).steps == []


def test_who_has_just_begun_to_send_codes_misses_none() -> None:
    memory = ScopeMemory()
    for i in range(40):
        counts = {d: keys for d, keys in traffic(NOON + i).items() if d == "status" or i < 10}
        assert judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(counts)).steps == []


def test_after_a_day_without_codes_none_are_missed_any_more() -> None:
    memory, steps = even_pair(20), []
    for i in range(1500):
        judged = judge(JudgedScope(RULES, memory, "all"), NOON + i, MinuteCounts(status(approved=100)))
        steps += [(step, i) for step, incident in judged.steps]
    assert steps == [("firing", 2), ("resolved", 1439 + RULES.resolve_after)]


def test_a_quiet_minute_is_relived_as_it_was_judged() -> None:
    one, two = known(NOON), known(NOON)
    for i in range(8):
        counts = MinuteCounts({"status": traffic(NOON + i)["status"]})
        judged = judge(JudgedScope(RULES, one, "all"), NOON + i, counts)
        assert judged.is_quiet
        assert relive(JudgedScope(RULES, two, "all"), NOON + i, counts) == judged.steps
    assert one == two
    assert [*one.incidents] == ["stream|auth_code_silent"]


def test_nothing_else_is_told_when_the_codes_are_back() -> None:
    assert fired(story(dict.fromkeys(range(10, 60), "auth_code"), 180))[1:] == []
