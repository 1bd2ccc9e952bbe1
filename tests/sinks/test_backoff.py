import random

from hypothesis import given
from hypothesis import strategies as st

from sinks.backoff import Backoff

ATTEMPTS = st.integers(min_value=1, max_value=100_000)
SEEDS = st.integers(min_value=0, max_value=2**32)


@given(ATTEMPTS, SEEDS)
def test_a_wait_is_never_longer_than_the_cap_nor_nothing(attempt: int, seed: int) -> None:
    backoff = Backoff(base_s=0.5, cap_s=10.0, rng=random.Random(seed))
    assert 0.05 <= backoff.delay_s(attempt) <= min(10.0, 0.5 * 2 ** min(attempt - 1, 30))


@given(ATTEMPTS, SEEDS, st.floats(min_value=0, max_value=300))
def test_a_wait_is_never_shorter_than_asked_for(attempt: int, seed: int, asked: float) -> None:
    delay = Backoff(rng=random.Random(seed)).delay_s(attempt, asked)
    assert asked <= delay <= max(0.05, asked * 1.1)


def test_what_is_asked_for_is_capped() -> None:
    assert Backoff(ask_cap_s=300, rng=random.Random(1)).delay_s(1, 86_400) <= 330


def test_waits_are_spread() -> None:
    backoff = Backoff(rng=random.Random(1))
    waits = [backoff.delay_s(5) for _ in range(200)]
    assert min(waits) < 1.0
    assert max(waits) > 7.0
