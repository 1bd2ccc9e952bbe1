"""Stories of a few hours in which all that a memory can hold comes about: drawn by hypothesis, for quick rules."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date

from hypothesis import strategies as st

from processors.domain.baseline import BaselineSettings
from processors.domain.calendar import Calendar, Event, Maintenance
from processors.domain.rules import Comparison, CountThreshold, Drift, KeySilence, Repeated, ShareTail, VolumeDrop
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions
from tests.processors.domain.traffic import NOON

NIGHTLY = Maintenance("nightly", tuple(range(7)), 10, 25)
OF_DENIED = Maintenance("cards", tuple(range(7)), 20, 40, keys=("denied",))
CALENDAR = Calendar(
    days={date(2025, 7, 9).toordinal(): "a holiday"},
    maintenance=(NIGHTLY, OF_DENIED),
    events=(Event("a sale", NOON + 100, NOON + 160), Event("elsewhere", NOON, NOON + 9, scopes=("other",))),
)
LEARNING = RuleSet(
    "learning",
    "v3",
    BaselineSettings(window=5, minimum_history=3, relearn_after=6),
    (
        ShareTail("rise", minimum_total=20, strength=1.0, critical=3.0, rest=0.1, windows=(2, 3)),
        KeySilence("silence", minimum_total=20, strength=1.0, critical=3.0, minimum_expected=0.5, windows=(2, 3)),
        VolumeDrop("drop", strength=1.0, critical=3.0, rest=0.1),
        Comparison("days", agree=1, window=3, strength=1.0, critical=3.0, minimum_count=1),
        Drift("drift", window=2, against=3, before=4, strength=1.0, minimum_count=1, minimum_total=1),
        Repeated("again", keys=("failed",), times=2, window=4, count=2, minimum_total=1),
        CountThreshold("codes", dimension="auth_code", above=3, severity="critical"),
    ),
    resolve_after=2,
    facets={"auth_code": "denied"},
    calendar=CALENDAR,
    inhibit=True,
    keys=3,
)
"""Every way to remember something, few keys, quick to fire: for properties."""


Told = tuple[dict[str, int], dict[str, int], bool]
"""Counts of statuses and of codes, and whether nobody may trust them."""
minutes = st.tuples(
    st.dictionaries(
        st.sampled_from(["approved", "denied", "failed", "reversed", "new"]), st.sampled_from([0, 1, 2, 5, 60])
    ),
    st.dictionaries(st.sampled_from(["51", "59", "05", "98"]), st.sampled_from([0, 2, 9])),
    st.sampled_from([False, False, False, True]),
)
stories = st.lists(st.tuples(minutes, st.integers(1, 12)), max_size=12)


def spread(
    story: Iterable[tuple[Told, int]],
) -> Iterable[tuple[Dimensions, bool]]:
    """Minute by minute, each as often as it is said to last; a dimension without counts is absent."""
    for (statuses, codes, blind), lasts in story:
        named = {"status": statuses, "auth_code": codes}
        counts = {d: {key: [count, 3 * count] for key, count in keys.items()} for d, keys in named.items() if keys}
        for _ in range(lasts):
            yield deepcopy(counts), blind
