"""Settings from the environment."""

import pytest

from floodmark.gateway.security.settings import SecuritySettings
from floodmark.settings import Settings
from processors.settings import WorkerSettings
from runtime.exits import Misused
from runtime.kafka.settings import KafkaSettings
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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("broker", "user:never-to-be-seen@host"),
        ("broker", "user:pass@never-to-be-seen@host"),
        ("broker", "host:9092,user:never-to-be-seen@host"),
        ("broker", f"kafka://user:never-to-be-seen{'n' * 1_000}@host"),
        ("gateway_oidc_issuer", "https://user:never-to-be-seen@host"),
    ],
)
def test_a_password_in_an_address_is_not_told(field: str, value: str) -> None:
    kind = KafkaSettings if field == "broker" else SecuritySettings
    with pytest.raises(Misused) as caught:
        read_settings(kind, {field: value})
    ((_, said),) = faults(kind, {f"FLOODMARK_{field.upper()}": value})
    for text in (said, str(caught.value)):
        assert "…@host" in text
        assert "never-to-be-seen" not in text
