import pytest

from floodmark.local.up.drain import Drain, DrainStep, stages
from runtime.kafka.offsets import lag
from schemas.topics import Topics

FIRST = DrainStep("counting", "group", ("t",))
SECOND = DrainStep("judging", "group", ("p",))
ENDS = {("t", 0): 10, ("t", 1): 5}


def test_lag_is_what_is_left_over_all_partitions_and_never_negative() -> None:
    assert lag(ENDS, {("t", 0): 12, ("t", 1): 2}) == 3
    assert lag(ENDS, {}) == 15


def test_a_stage_is_through_when_every_partition_reached_its_end() -> None:
    drain = Drain((FIRST, SECOND), moved_at=0.0).begin(ENDS, 0.0)
    drain = drain.seen({("t", 0): 10, ("t", 1): 4}, 1.0)
    assert (drain.stages, drain.left) == ((FIRST, SECOND), 1)
    drain = drain.seen({("t", 0): 11, ("t", 1): 5}, 2.0)
    assert (drain.stages, drain.ends) == ((SECOND,), None)


def test_the_ends_of_the_next_stage_are_asked_for_after_the_one_before() -> None:
    drain = Drain((FIRST, SECOND), moved_at=0.0).begin({}, 0.0).seen({}, 0.0)
    with pytest.raises(ValueError, match="ends are not known"):
        drain.seen({}, 1.0)
    assert drain.begin({("p", 0): 1}, 1.0).seen({("p", 0): 1}, 2.0).done


def test_nothing_published_is_drained_at_once() -> None:
    assert Drain((FIRST,), moved_at=0.0).begin({("t", 0): 0}, 0.0).seen({}, 0.0).done


def test_it_is_stuck_only_when_no_commit_moves_for_as_long_as_that() -> None:
    drain = Drain((FIRST,), moved_at=0.0).begin(ENDS, 0.0)
    drain = drain.seen({("t", 0): 1}, 50.0)
    drain = drain.seen({("t", 0): 1}, 100.0)
    assert drain.stuck(109.9) is None
    assert drain.stuck(110.0) == (
        "counting made no progress for 60 s: 14 records are not committed by consumer group group, "
        "most of them in t partition 0"
    )


def test_a_broker_that_never_tells_the_ends_is_stuck_too() -> None:
    assert "counting made no progress" in (Drain((FIRST,), moved_at=0.0).stuck(60.0) or "")


def test_done_is_never_stuck() -> None:
    assert Drain((), moved_at=0.0).stuck(1e9) is None


def test_transactions_are_counted_before_they_are_judged_before_they_are_written() -> None:
    way = stages(Topics("x."), ["webhook"])
    assert [stage.topics for stage in way] == [
        ("x.transactions",),
        ("x.partials",),
        ("x.minutes", "x.alerts", "x.transactions.late"),
        ("x.alerts",),
    ]
    assert way[3].group == "x.floodmark-sink-webhook"
    assert way[0].group == way[1].group == "x.floodmark"
