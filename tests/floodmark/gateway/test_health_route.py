"""How the pipeline is, in words that somebody on duty understands."""

from typing import Any

from floodmark.gateway.app import build
from floodmark.gateway.pulse import BrokerAnswer, GroupPulse, Pulse
from tests.floodmark.gateway.asking import get
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, alert, minute, parts_of


def health(
    *said: Any, looked: BrokerAnswer | None = None, silent_s: float = 0.0, now_ms: int = NOW_MS
) -> dict[str, Any]:
    pulse = Pulse()
    pulse.last, pulse.silent_s = looked, silent_s
    parts = parts_of(*said, pulse=pulse)
    parts.now_ms = lambda: now_ms
    return get(build(parts), "/v1/health").json()  # type: ignore[no-any-return]


def test_all_is_well() -> None:
    looked = BrokerAnswer(NOW_MS, {"worker": GroupPulse(0, 2), "clickhouse": GroupPulse(5, 1)}, dead_letters=0, late=0)
    found = health(minute(), looked=looked)
    assert (found["well"], found["behind_s"], found["blind"]) == (True, 0.0, [])
    assert found["words"] == "All is well: minutes are judged as they end."
    assert {each["name"]: each["well"] for each in found["parts"]} == {
        "gateway": True, "judge": True, "clickhouse": True, "worker": True, "dead letters": True,
    }  # fmt: skip


def test_old_numbers_are_told_first() -> None:
    found = health(minute(), now_ms=NOW_MS + 4 * 60_000)
    assert not found["well"]
    assert found["words"] == "No minute has been judged for 4 minutes: these numbers are old."


def test_a_stream_that_cannot_be_trusted_is_told_before_everything_else() -> None:
    found = health(
        minute(),
        alert("s", dimension="stream", key="silent", summary="nothing has been received"),
        now_ms=NOW_MS + 10**6,
    )
    assert (found["well"], found["words"], found["blind"]) == (
        False,
        "nothing has been received",
        ["nothing has been received"],
    )


def test_a_broker_that_says_nothing_and_workers_that_do_not_run_are_told() -> None:
    looked = BrokerAnswer(NOW_MS, {"worker": GroupPulse(1_234, 0)}, dead_letters=7)
    found = health(minute(), looked=looked, silent_s=65)
    assert found["words"] == "The broker has said nothing to this gateway for 65 s: these numbers are old."
    words = {each["name"]: each["words"] for each in found["parts"]}
    assert words["worker"] == "None runs; 1,234 records wait."
    assert words["dead letters"] == "There are 7: `floodmark dlq list` shows them."


def test_it_answers_also_while_the_topics_are_being_read() -> None:
    parts = parts_of()
    parts.view.ready = False
    found = get(build(parts), "/v1/health").json()
    assert (found["well"], found["watermark"]) == (False, None)
    assert found["words"].startswith("Reading what there is")


def test_what_the_broker_does_not_say_is_not_made_up() -> None:
    found = health(minute(M0 - 1), looked=BrokerAnswer(NOW_MS, error="timed out"))
    assert (found["dead_letters"], found["late_records"]) == (None, None)
    assert "timed out" in {each["name"]: each["words"] for each in found["parts"]}["broker"]
