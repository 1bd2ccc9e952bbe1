"""What cannot be meant by a setting of the gateway's guard is refused when it is read, not when somebody asks."""

import pytest

from floodmark.gateway.security.settings import SecuritySettings
from runtime.exits import Misused
from runtime.settings import read_settings


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    """What is said of it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(Misused) as error:
        read_settings(SecuritySettings)
    return str(error.value)


@pytest.mark.parametrize(
    "value", ["https://ops.example.com", "ops.example.com:8443", "ops.example.com/floodmark", "a¿"]
)
def test_a_name_of_the_gateway_is_that_of_a_host_alone(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Requests are compared without their port: with one, none would ever be let in."""
    said = refused(monkeypatch, "FLOODMARK_GATEWAY_HOSTS", value)
    assert repr(value) in said
    assert "is no name of a host: write it without scheme, port and path" in said


@pytest.mark.parametrize("value", ["ops.example.com", "https://ops.example.com/", "https://ops.example.com/page", "*"])
def test_an_origin_is_written_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What is written otherwise would never be equal to what a browser sends."""
    said = refused(monkeypatch, "FLOODMARK_GATEWAY_ORIGINS", value)
    assert f"{value!r} is no origin: write scheme://HOST or scheme://HOST:PORT" in said


def test_an_address_that_is_not_of_redis_is_refused_without_a_word_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, "FLOODMARK_GATEWAY_REDIS_URL", "http://:never-to-be-seen@localhost:1")
    assert "it has to begin with redis:// or rediss://" in said
    assert "never-to-be-seen" not in said


def test_what_is_meant_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_GATEWAY_HOSTS", "ops.example.com, a_b, 10.0.0.1 [fe80::1]")
    monkeypatch.setenv("FLOODMARK_GATEWAY_ORIGINS", "https://ops.example.com http://localhost:3000, https://[::1]:8")
    monkeypatch.setenv("FLOODMARK_GATEWAY_REDIS_URL", "rediss://:word@localhost:1/0")
    settings = read_settings(SecuritySettings)
    assert settings.hosts == ("ops.example.com", "a_b", "10.0.0.1", "[fe80::1]")
    assert settings.origins == ("https://ops.example.com", "http://localhost:3000", "https://[::1]:8")
    assert settings.gateway_redis_url.get_secret_value() == "rediss://:word@localhost:1/0"
