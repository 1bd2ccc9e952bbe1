"""What an alert says in its one sentence."""

from typing import Any

import pytest
from msgspec import structs

from processors.domain.incidents.attribution import Cause
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.stream_trust import blinded
from processors.domain.judging.timeline_state import Acknowledged, StatedIncident
from processors.domain.verdict import MinuteVerdict
from processors.stages.alert_words import summary

M0 = 29_205_000
SEEN = MinuteVerdict(M0 + 22, "shop", "status", "denied", 60, 200, 0, "critical", expected=12.0)
BASE = Incident(
    id="a",
    scope="shop",
    dimension="status",
    key="denied",
    since=M0,
    opened=M0 + 1,
    last_seen=M0 + 22,
    judged=M0 + 25,
    resolved=False,
    severity="critical",
    score=90.0,
    peak=84,
    minutes=20,
    rules=("rise",),
    seen=SEEN,
    because=("60 of 200 transactions in 5 minutes, where 12 were to be expected",),
)


def says(state: Any = "firing", acknowledged: Acknowledged | None = None, **changes: Any) -> str:
    return summary(StatedIncident(1, state, structs.replace(BASE, **changes), acknowledged))


def test_what_is_wrong_is_said_with_its_subject() -> None:
    assert says("firing") == "denied in shop: 60 of 200 transactions in 5 minutes, where 12 were to be expected"


def test_while_it_goes_on_the_whole_of_it_is_said() -> None:
    causes = (Cause("auth_code", "51", 900, 100.0, 80.4), Cause("auth_code", "59", 90, 40.0, 19.6))
    assert says("updated", causes=causes) == (
        "denied in shop: since 06:00 UTC, 23 minutes so far; 84 in a minute at its peak, 60 in the last one, "
        "where 12 were to be expected; auth code 51 explains 80 % of it"
    )


def test_of_too_few_there_is_no_peak_to_be_said() -> None:
    seen = structs.replace(SEEN, dimension="volume", key="total", count=40, expected=200.0)
    assert says("updated", dimension="volume", key="total", seen=seen) == (
        "volume in shop: since 06:00 UTC, 23 minutes so far; 40 in the last one, where 200 were to be expected"
    )


def test_where_nothing_usual_is_known_the_words_of_the_rule_are_said_on() -> None:
    assert says("updated", seen=structs.replace(SEEN, expected=None)).startswith(
        "denied in shop: 60 of 200 transactions "
    )


@pytest.mark.parametrize(
    ("dimension", "key", "subject"),
    [("auth_code", "51", "auth code 51 in shop"), ("volume", "total", "volume in shop"), ("status", "x", "x in shop")],
)
def test_every_series_is_called_by_what_it_is(dimension: str, key: str, subject: str) -> None:
    assert says(dimension=dimension, key=key).startswith(f"{subject}: ")


def test_the_stream_itself_is_called_so() -> None:
    said = summary(StatedIncident(1, "firing", blinded("all", "source_silent", M0, 3)))
    assert said.startswith("stream of all source silent: source partition 3 ")


def test_what_two_rules_say_alike_is_said_once() -> None:
    because = ("50 in one minute; the limit is 20", "50 in one minute; the limit is 5")
    assert says(because=because) == "denied in shop: 50 in one minute; the limit is 20; the limit is 5"


def test_what_is_said_of_others_comes_after_it_and_is_said_of_them() -> None:
    because = (
        "auth_code 51: 38 of 206; the limit is 5",
        "60 of 200",
        "failed: no series of ours",
        "auth_code 51: 38 of 206",
    )
    members = ("auth_code|51", "status|denied")
    assert says(because=because, members=members) == (
        "denied in shop: 60 of 200; failed: no series of ours; auth code 51: 38 of 206; the limit is 5"
    )


def test_a_correction_says_that_it_is_one() -> None:
    assert says("amended").startswith("denied in shop, corrected: since 06:00 UTC, ")


def test_what_is_taken_back_does_not_read_like_what_is_wrong() -> None:
    assert says("withdrawn") == "denied in shop: taken back; late data have shown that nothing was wrong"


def test_who_is_on_it_is_said_first() -> None:
    by = Acknowledged("ann", 0, "critical", "calling the bank")
    assert says("acknowledged", by).startswith("denied in shop: ann is on it (calling the bank); since 06:00 UTC, ")
    without = structs.replace(by, note="")
    assert says("acknowledged", without).startswith("denied in shop: ann is on it; since 06:00 UTC, ")
    for_a_time = structs.replace(by, until_ms=90_000_000)
    assert "ann is on it until 1970-01-02 01:00 UTC (calling the bank); " in says("acknowledged", for_a_time)


class TestTheEnd:
    def test_says_after_how_long_how_bad_what_was_lost_and_why(self) -> None:
        causes = (Cause("auth_code", "51", 900, 100.0, 80.4), Cause("auth_code", "59", 90, 40.0, 19.6))
        assert says("resolved", lost=840.2, lost_amount=1e6, causes=causes) == (
            "denied in shop: over after 23 minutes; 84 in a minute at its peak; 840 transactions lost; "
            "auth code 51 explains 80 % of it"
        )

    def test_puts_a_comma_between_thousands(self) -> None:
        assert says("resolved", peak=1600, lost=12_840.2) == (
            "denied in shop: over after 23 minutes; 1,600 in a minute at its peak; 12,840 transactions lost"
        )

    def test_says_what_came_back(self) -> None:
        said = says("resolved", dimension="volume", key="total", lost=400.0, regained=100.0)
        assert said == "volume in shop: over after 23 minutes; 400 transactions lost, of which 25% came back"

    def test_names_no_cause_that_explains_less_than_half(self) -> None:
        causes = (Cause("auth_code", "51", 9, 1.0, 49.9),)
        assert says("resolved", causes=causes) == "denied in shop: over after 23 minutes; 84 in a minute at its peak"

    def test_has_no_peak_where_it_was_too_few(self) -> None:
        assert says("resolved", peak=3) == "denied in shop: over after 23 minutes"

    @pytest.mark.parametrize(("minutes", "words"), [(1, "1 minute"), (119, "119 minutes"), (125, "2 h 05 min")])
    def test_counts_the_minutes_from_the_first_to_the_last_broken_one(self, minutes: int, words: str) -> None:
        assert says("resolved", last_seen=M0 + minutes - 1).startswith(f"denied in shop: over after {words};")
