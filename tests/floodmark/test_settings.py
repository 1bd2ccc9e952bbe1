"""Settings from the environment."""

import pytest

from floodmark.settings import Settings
from processors.settings import WorkerSettings


@pytest.mark.parametrize("settings", [Settings, WorkerSettings])
def test_a_variable_that_is_empty_is_as_good_as_none(
    settings: type[Settings] | type[WorkerSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOODMARK_RULES", "")
    assert settings().rules is None
