"""Settings from the environment."""

import pytest

from floodmark.settings import Settings
from processors.settings import WorkerSettings
from runtime.exits import Misused
from runtime.settings import faults, read_settings


@pytest.mark.parametrize("settings", [Settings, WorkerSettings])
def test_a_variable_that_is_empty_is_as_good_as_none(
    settings: type[Settings] | type[WorkerSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOODMARK_RULES", "")
    assert settings().rules is None


def test_a_value_as_long_as_a_book_is_told_by_its_beginning() -> None:
    book = "b" * 100_000
    with pytest.raises(Misused) as caught:
        read_settings(WorkerSettings, {"broker": book})
    assert "'bbb" in str(caught.value)
    ((name, said),) = faults(WorkerSettings, {"FLOODMARK_BROKER": book})
    assert name == "FLOODMARK_BROKER"
    assert max(len(said), len(str(caught.value))) < 1_500
