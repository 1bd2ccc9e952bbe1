"""What a sink says of itself when its broker is silent."""

from dataclasses import dataclass

import pytest

from floodmark.processes.sink_health import SinkHealth
from floodmark.processes.worker_health import HUSH_S, STILL_S


@dataclass
class Own:
    answer: tuple[bool, str] = (True, "the loop turns and offsets advance")
    wrong: str | None = None

    def check(self) -> tuple[bool, str]:
        return self.answer

    def complaint(self) -> str | None:
        return self.wrong


@dataclass
class Silence:
    silent_s: float


@pytest.mark.parametrize(
    ("silent_s", "well", "reason", "complaint"),
    [
        (HUSH_S, True, "the loop turns and offsets advance", None),
        (HUSH_S + 1, True, "the broker has not answered for 11 s", None),
        (STILL_S, True, "the broker has not answered for 30 s", None),
        (84, False, "the broker has not answered for 84 s", "the broker has not answered for 84 s"),
    ],
)
def test_a_silent_broker_is_named_and_after_a_while_no_health(
    silent_s: float, well: bool, reason: str, complaint: str | None
) -> None:
    health = SinkHealth(Own(), Silence(silent_s))
    assert (health.check(), health.complaint()) == ((well, reason), complaint)


def test_what_the_loop_lacks_comes_first() -> None:
    health = SinkHealth(Own((False, "it hangs"), "it hangs"), Silence(84))
    assert (health.check(), health.complaint()) == ((False, "it hangs"), "it hangs")
