"""FLOODMARK_KAFKA_…: what they come to, and what is said of those that cannot be used."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.settings import Settings
from processors.settings import WorkerSettings
from runtime.exits import Misused
from runtime.kafka.cluster import Cluster
from runtime.kafka.settings import KafkaSettings
from runtime.kafka.tokens import CachedToken
from tests.runtime.kafka.certificates import KEY_PASSWORD, Certificates

SECRET = "never-to-be-seen"
SCRAM: dict[str, Any] = {"kafka_security_protocol": "SASL_SSL", "kafka_username": "worker"}
BEARER: dict[str, Any] = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER"}


def cluster_of(**given: Any) -> Cluster:
    """What these settings come to."""
    return KafkaSettings(**given).cluster


def complaint(**given: Any) -> str:
    """The variable that these settings are refused for, and why."""
    with pytest.raises(Misused) as caught:
        cluster_of(**given)
    said = f"{caught.value.option}: {caught.value}"
    assert SECRET not in said
    return said


def test_without_any_a_cluster_is_an_address() -> None:
    """As it was before there were any."""
    assert cluster_of() == Cluster.of("127.0.0.1:9092")


def test_every_process_reads_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the environment, and a secret from a file without its line end."""
    (tmp_path / "password").write_text(f"{SECRET}\n")
    for name, value in {
        "BROKER": "kafka:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_USERNAME": "worker",
        "KAFKA_PASSWORD_FILE": str(tmp_path / "password"),
        "KAFKA_CLIENT_ID": "payments",
        "KAFKA_PROPERTIES": "socket.keepalive.enable=true  metadata.max.age.ms=1000",
    }.items():
        monkeypatch.setenv(f"FLOODMARK_{name}", value)
    found = Settings().cluster
    assert found == WorkerSettings().cluster
    assert found.servers == ("kafka:9093",)
    assert found.client_id == "payments"
    assert found.sasl is not None
    assert (found.sasl.mechanism, found.sasl.username, found.sasl.password) == ("SCRAM-SHA-512", "worker", SECRET)
    assert found.tls is not None
    assert dict(found.properties) == {"socket.keepalive.enable": "true", "metadata.max.age.ms": "1000"}


def test_settings_show_no_secret() -> None:
    """They are logged, and stand in tracebacks."""
    settings = Settings(**SCRAM, kafka_password=SECRET, kafka_key_password=SECRET)
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_certificate_with_an_encrypted_key(certificates: Certificates) -> None:
    """The password opens it, and without one nobody is asked for it on a terminal."""
    files: dict[str, Any] = {
        "kafka_security_protocol": "SSL",
        "kafka_ca_file": certificates.ca,
        "kafka_certificate_file": certificates.client,
        "kafka_key_file": certificates.key("locked"),
    }
    tls = cluster_of(**files, kafka_key_password=KEY_PASSWORD).tls
    assert tls is not None
    assert tls.key_password == KEY_PASSWORD
    for wrong in ({}, {"kafka_key_password": SECRET}):
        assert complaint(**files, **wrong).startswith("FLOODMARK_KAFKA_CERTIFICATE_FILE: ")


def test_a_key_of_another_certificate_is_refused(certificates: Certificates) -> None:
    """Before anything is connected."""
    said = complaint(
        kafka_security_protocol="SSL",
        kafka_certificate_file=certificates.client,
        kafka_key_file=certificates.key("server"),
    )
    assert said.startswith("FLOODMARK_KAFKA_CERTIFICATE_FILE: ")
    assert "belong together" in said


def test_a_file_that_is_not_there_or_holds_something_else_is_named(certificates: Certificates, tmp_path: Path) -> None:
    """By its variable."""
    missing = tmp_path / "missing.pem"
    for name in ("kafka_ca_file", "kafka_certificate_file"):
        said = complaint(kafka_security_protocol="SSL", **{name: missing})
        assert said == f"FLOODMARK_{name.upper()}: {missing} cannot be read: No such file or directory"
    said = complaint(kafka_security_protocol="SSL", kafka_ca_file=certificates.key("client"))
    assert said.startswith("FLOODMARK_KAFKA_CA_FILE: ")
    assert "no certificate" in said
    said = complaint(**SCRAM, kafka_password_file=missing)
    assert said.startswith("FLOODMARK_KAFKA_PASSWORD_FILE: ")


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"kafka_password": SECRET}, "FLOODMARK_KAFKA_PASSWORD"),
        ({"kafka_ca_file": Path("ca.pem")}, "FLOODMARK_KAFKA_CA_FILE"),
        ({"kafka_security_protocol": "SSL", "kafka_key_file": Path("k")}, "FLOODMARK_KAFKA_KEY_FILE"),
        ({**SCRAM}, "FLOODMARK_KAFKA_PASSWORD"),
        ({"kafka_security_protocol": "SASL_SSL", "kafka_password": SECRET}, "FLOODMARK_KAFKA_USERNAME"),
        ({**SCRAM, "kafka_password": SECRET, "kafka_password_file": Path("p")}, "FLOODMARK_KAFKA_PASSWORD_FILE"),
        ({**BEARER}, "FLOODMARK_KAFKA_TOKEN_URL"),
        ({**BEARER, "kafka_token_url": "https://i/t", "kafka_token_file": Path("t")}, "FLOODMARK_KAFKA_TOKEN_URL"),
        ({**BEARER, "kafka_token_url": "http://issuer/t"}, "FLOODMARK_KAFKA_TOKEN_URL"),
        ({**BEARER, "kafka_token_url": "https://["}, "FLOODMARK_KAFKA_TOKEN_URL"),
        ({**BEARER, "kafka_token_url": f"https://u:{SECRET}@i/t"}, "FLOODMARK_KAFKA_TOKEN_URL"),
        ({**BEARER, "kafka_token_url": "https://issuer/t"}, "FLOODMARK_KAFKA_USERNAME"),
        ({"kafka_properties": SECRET}, "FLOODMARK_KAFKA_PROPERTIES"),
        ({"kafka_properties": f"sasl.password={SECRET}"}, "FLOODMARK_KAFKA_PROPERTIES"),
        ({"kafka_properties": "bootstrap.servers=a:1"}, "FLOODMARK_KAFKA_PROPERTIES"),
        ({"kafka_properties": f"no.such={SECRET}"}, "FLOODMARK_KAFKA_PROPERTIES"),
        ({"kafka_properties": f"socket.timeout.ms={SECRET}"}, "FLOODMARK_KAFKA_PROPERTIES"),
        ({"kafka_properties": f"error_cb={SECRET}"}, "FLOODMARK_KAFKA_PROPERTIES"),
    ],
)
def test_what_does_not_go_together_is_refused_by_its_variable(given: dict[str, Any], variable: str) -> None:
    """And never with a secret in the sentence."""
    assert complaint(**given).startswith(f"{variable}: ")


def test_tokens_come_from_a_file_or_an_endpoint(tmp_path: Path) -> None:
    """One on this machine may be asked without TLS."""
    (tmp_path / "token").write_text("a.b.c\n")
    sasl = cluster_of(**BEARER, kafka_token_file=tmp_path / "token").sasl
    assert sasl is not None
    assert isinstance(sasl.token, CachedToken)
    assert sasl.token().value == "a.b.c"
    for url in ("https://issuer/t", "http://127.0.0.1:8080/t"):
        asked = {"kafka_token_url": url, "kafka_username": "worker", "kafka_password": SECRET}
        assert cluster_of(**BEARER, **asked).sasl is not None


@pytest.mark.parametrize(
    ("command", "told", "says"),
    [
        (
            ("up",),
            {"SECURITY_PROTOCOL": "SSL"},
            "the broker that `up` starts itself speaks PLAINTEXT",
        ),
        (("dlq", "list"), {"PASSWORD": SECRET}, "FLOODMARK_KAFKA_PASSWORD: it has no effect without"),
        (("dlq", "list"), {"KEY_PASSWORD": SECRET}, "FLOODMARK_KAFKA_KEY_PASSWORD: it has no effect without"),
        (("dlq", "list"), {"KEY_PASSWORD_FILE": "/no/such"}, "FLOODMARK_KAFKA_KEY_PASSWORD_FILE: it has no effect"),
        (("dlq", "list"), {"TOKEN_SCOPE": "kafka"}, "FLOODMARK_KAFKA_TOKEN_SCOPE: it has no effect without"),
        (("doctor",), {"SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "'PLAINTEXT', 'SSL' or 'SASL_SSL'"),
    ],
)
def test_a_command_ends_with_2_and_names_the_variable(
    command: tuple[str, ...], told: dict[str, str], says: str
) -> None:
    """Before anything is connected or started."""
    ended = CliRunner().invoke(app, command, env={f"FLOODMARK_KAFKA_{name}": value for name, value in told.items()})
    said = " ".join(ended.output.replace("│", " ").split())
    assert (ended.exit_code, says in said) == (2, True), said
    assert all(f"FLOODMARK_KAFKA_{name}" in said for name in told)
    assert SECRET not in said
