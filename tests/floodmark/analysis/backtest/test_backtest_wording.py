"""What explains an incident, in words."""

from msgspec.structs import replace

from floodmark.analysis.backtest.wording import causes
from processors.domain.incidents.attribution import Cause
from tests.processors.stages.test_alert_words import BASE


def test_a_cause_is_a_name_and_its_part_apart_from_it() -> None:
    found = (
        Cause("auth_code", "51", 1600, 160.0, 96.4),
        Cause("status", "failed", 60, 10.0, 2.6),
        Cause("region", "south", 5, 1.0, 1.0),
    )
    assert causes(replace(BASE, causes=found)) == "code 51 (96 %), failed (3 %), region south (1 %)"
    assert causes(BASE) == ""
