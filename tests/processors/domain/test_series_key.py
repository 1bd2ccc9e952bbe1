"""The name of a series, and that it is made in one place."""

import re

import pytest

from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from tests.paths import ROOT

DOMAIN = ROOT / "processors" / "domain"


@pytest.mark.parametrize("series", [SeriesKey("status", "denied"), SeriesKey("auth_code", "51 a"), VOLUME_SERIES])
def test_a_series_is_read_back_from_its_name(series: SeriesKey) -> None:
    assert SeriesKey.of(series.name) == series


def test_names_are_those_that_states_and_alerts_have_held_ever_since() -> None:
    assert SeriesKey("status", "denied").name == "status|denied"
    assert VOLUME_SERIES.name == "volume|total"


def test_nothing_else_in_the_domain_joins_the_name_of_a_series_or_takes_it_apart() -> None:
    by_hand = re.compile(r"(dimension|STATUS|VOLUME|STREAM|\bd|name)\}\|\{" r'|(partition|split)\("\|"')
    found = {path.name for path in DOMAIN.rglob("*.py") if by_hand.search(path.read_text())}
    assert found == set()


def test_only_a_status_has_facets_whatever_else_is_called_like_it() -> None:
    rules = RuleSet("n", "v", facets={"auth_code": "denied"})
    assert rules.facets_of(SeriesKey("status", "denied")) == ["auth_code"]
    assert rules.facets_of(SeriesKey("status", "failed")) == []
    assert rules.facets_of(SeriesKey("auth_code", "denied")) == []
