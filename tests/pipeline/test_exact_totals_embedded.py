"""On the embedded broker a replay of the challenge's files comes out as exact as on Kafka, and says the same."""

import pytest

from tests.pipeline.totals import is_exact, replayed, says_what_the_core_says

pytestmark = [pytest.mark.kafka, pytest.mark.story]


def test_the_embedded_broker_gives_the_same_numbers_and_the_same_alerts(embedded_of_its_own: tuple[str, str]) -> None:
    with replayed(*embedded_of_its_own, workers=3) as made:
        is_exact(made)
        says_what_the_core_says(made)
