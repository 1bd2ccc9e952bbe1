"""How Kafka is reached: one place for the variables, and for what they come to."""

import ssl
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from runtime.exits import Misused
from runtime.kafka.cluster import OAUTHBEARER, Cluster, Sasl, Tls
from runtime.kafka.tokens import CachedToken, TokenEndpoint, TokenFile
from runtime.settings import FromEnvironment
from runtime.settings import variable as _var

OURS: Final = ("bootstrap.", "metadata.broker.list", "client.id", "security.protocol", "sasl.", "ssl.ca.", "ssl.key")
OURS_TOO: Final = ("ssl.certificate", "ssl.endpoint.identification", "enable.ssl.certificate.verification", "group.id")
"""Properties that have variables of their own, or must not be set at all."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NONE: Final = SecretStr("")


class KafkaSettings(FromEnvironment):
    """Where Kafka is and how it is entered. Every field can be set as FLOODMARK_<NAME> in the environment."""

    broker: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, HOST:PORT[,HOST:PORT…].")
    kafka_client_id: str = Field(
        default="", description="Name of all our clients in the broker's logs and quotas; empty: each has its own."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="PLAINTEXT, SSL (TLS, with our certificate where one is given) or SASL_SSL (TLS, and we log in). "
        "There is no SASL without TLS: it would send secrets in clear.",
    )
    kafka_ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities that sign the brokers' certificates; none: the system's."
    )
    kafka_check_hostname: bool = Field(
        default=True, description="Whether a broker's certificate must name the host that is connected to."
    )
    kafka_certificate_file: Path | None = Field(
        default=None, description="PEM file of our certificate and its chain, for brokers that want one."
    )
    kafka_key_file: Path | None = Field(
        default=None, description="PEM file of the certificate's private key; none: it is in the certificate's file."
    )
    kafka_key_password: SecretStr = Field(default=_NONE, description="Password of the private key.")
    kafka_key_password_file: Path | None = Field(default=None, description="File that holds it.")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        default="SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; for SASL_SSL."
    )
    kafka_username: str = Field(default="", description="User name; with OAUTHBEARER and a token endpoint, client id.")
    kafka_password: SecretStr = Field(
        default=_NONE, description="Password; with OAUTHBEARER and a token endpoint, client secret."
    )
    kafka_password_file: Path | None = Field(default=None, description="File that holds it.")
    kafka_token_file: Path | None = Field(
        default=None, description="OAUTHBEARER: file of the token, read again before the token ends."
    )
    kafka_token_url: str = Field(
        default="", description="OAUTHBEARER: https address of the token endpoint (client credentials grant)."
    )
    kafka_token_scope: str = Field(default="", description="OAUTHBEARER: scope to ask the token endpoint for.")
    kafka_properties: str = Field(
        default="",
        repr=False,
        description="More librdkafka properties as NAME=VALUE, with spaces between; a client's own ones go before.",
    )

    @field_validator("broker")
    @classmethod
    def _is_a_list_of_addresses(cls, broker: str) -> str:
        for server in broker.split(","):
            host, colon, port = server.strip().rpartition(":")
            if not host or not colon or not port.isdecimal() or not 0 < int(port) < 65536 or "/" in host:
                raise ValueError(f"{server.strip()!r} is not HOST:PORT")
        return broker

    @property
    def cluster(self) -> Cluster:
        """The cluster to connect to.

        Raises:
            Misused: What is set does not go together, or a file cannot be used; it names the variable.
        """
        return Cluster(
            Cluster.of(self.broker).servers, self.kafka_client_id, self._tls(), self._sasl(), self._properties()
        )

    def _tls(self) -> Tls | None:
        if self.kafka_security_protocol == "PLAINTEXT":
            for name in sorted(_SECURE & {each for each in self.model_fields_set if getattr(self, each)}):
                raise Misused("it has no effect without FLOODMARK_KAFKA_SECURITY_PROTOCOL SSL or SASL_SSL", _var(name))
            return None
        if self.kafka_key_file is not None and self.kafka_certificate_file is None:
            raise Misused("a key needs FLOODMARK_KAFKA_CERTIFICATE_FILE", _var("kafka_key_file"))
        for name in ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file"):
            if (path := getattr(self, name)) is not None:
                _readable(name, path)
        password = self._secret("kafka_key_password")
        tls = Tls(
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
            password,
            self.kafka_check_hostname,
        )
        _check(tls)
        return tls

    def _sasl(self) -> Sasl | None:
        if self.kafka_security_protocol != "SASL_SSL":
            return None
        if self.kafka_sasl_mechanism == OAUTHBEARER:
            return Sasl(OAUTHBEARER, token=CachedToken(self._tokens()))
        password = self._secret("kafka_password")
        if not self.kafka_username:
            raise Misused(f"{self.kafka_sasl_mechanism} needs a user name", _var("kafka_username"))
        if not password:
            raise Misused(f"{self.kafka_sasl_mechanism} needs a password, here or in …_FILE", _var("kafka_password"))
        return Sasl(self.kafka_sasl_mechanism, self.kafka_username, password)

    def _tokens(self) -> TokenFile | TokenEndpoint:
        if self.kafka_token_file is not None:
            if self.kafka_token_url:
                raise Misused("a token comes from a file or from an endpoint, not from both", _var("kafka_token_url"))
            return TokenFile(_readable("kafka_token_file", self.kafka_token_file))
        if not self.kafka_token_url:
            raise Misused("OAUTHBEARER needs this, or FLOODMARK_KAFKA_TOKEN_FILE", _var("kafka_token_url"))
        try:
            url = urlsplit(self.kafka_token_url)
        except ValueError:
            raise Misused("it is no address", _var("kafka_token_url")) from None
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            raise Misused("it must begin with https://, as it is sent a secret", _var("kafka_token_url"))
        if "@" in url.netloc:
            raise Misused("a secret belongs into FLOODMARK_KAFKA_PASSWORD, not into it", _var("kafka_token_url"))
        secret = self._secret("kafka_password")
        if not self.kafka_username or not secret:
            raise Misused("a token endpoint needs client id and secret", _var("kafka_username"))
        return TokenEndpoint(self.kafka_token_url, self.kafka_username, secret, self.kafka_token_scope)

    def _secret(self, name: str) -> str:
        """A secret from its variable or its file, without line ends behind it; empty when there is none."""
        secret: SecretStr = getattr(self, name)
        path: Path | None = getattr(self, f"{name}_file")
        if path is None:
            return secret.get_secret_value()
        if secret.get_secret_value():
            raise Misused(f"{_var(name)} is set as well: only one of them can count", _var(f"{name}_file"))
        try:
            return _readable(f"{name}_file", path).read_text(encoding="utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise Misused(f"{path} is no text", _var(f"{name}_file")) from None

    def _properties(self) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        for number, entry in enumerate(self.kafka_properties.split(), 1):
            name, equals, value = entry.partition("=")
            # Only a name is repeated: what stands behind it may be secret, and without one all may be.
            if not equals or not name:
                raise Misused(f"entry {number} is not of the form NAME=VALUE", _var("kafka_properties"))
            if name.startswith((*OURS, *OURS_TOO)):
                raise Misused(f"{name} is not for here: see the other FLOODMARK_… variables", _var("kafka_properties"))
            _check_property(name, value)
            found[name] = value
        return tuple(found.items())


_SECURE: Final = frozenset(
    {
        "kafka_ca_file",
        "kafka_certificate_file",
        "kafka_key_file",
        "kafka_key_password",
        "kafka_key_password_file",
        "kafka_username",
        "kafka_password",
        "kafka_password_file",
        "kafka_token_file",
        "kafka_token_url",
        "kafka_token_scope",
    }
)
"""Whoever sets one of these takes the connection for a secure one."""


def _check_property(name: str, value: str) -> None:
    """Find out what librdkafka does not take before each client says so for itself."""
    from runtime.kafka.client import wrong_with

    if why := wrong_with(name, value):
        raise Misused(f"{name}: {why}", _var("kafka_properties"))


def _readable(name: str, path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}", _var(name)) from None


def _check(tls: Tls) -> None:
    """Find out which file is wrong before a client says only that something is."""
    try:
        Tls(tls.ca).context()
    except OSError:
        raise Misused(f"{tls.ca} holds no certificate in PEM form", _var("kafka_ca_file")) from None
    try:
        tls.context()
    except (ssl.SSLError, OSError, ValueError):
        raise Misused(
            f"{tls.certificate} and its key cannot be used: they must be PEM and belong together, and an encrypted key "
            "needs its password in FLOODMARK_KAFKA_KEY_PASSWORD",
            _var("kafka_certificate_file"),
        ) from None
