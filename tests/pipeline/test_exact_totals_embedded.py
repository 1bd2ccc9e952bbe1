"""On the embedded broker a replay of a day comes out as exact as on Kafka, and says the same."""

import pytest

from tests.pipeline import files
from tests.pipeline.totals import is_exact, replayed, says_what_the_core_says

pytestmark = [pytest.mark.kafka, pytest.mark.story]


def test_the_embedded_broker_gives_the_same_numbers_and_the_same_alerts(embedded_of_its_own: tuple[str, str]) -> None:
    day = files.first_hours(24)
    with replayed(*embedded_of_its_own, day, workers=3) as made:
        is_exact(made, day, made.minutes())
        says_what_the_core_says(made, day)
