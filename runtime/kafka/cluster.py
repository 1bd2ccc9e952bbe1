"""A Kafka cluster as its clients need to know it: where it is, and how it is entered."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from runtime.kafka.tokens import BearerToken

OAUTHBEARER: Final = "OAUTHBEARER"


@dataclass(frozen=True, slots=True)
class Tls:
    """How the cluster proves who it is, and how we do by a certificate.

    Args:
        ca: The authorities that are trusted, PEM; None: those of the system.
        certificate: Our certificate with its chain, PEM; None: we have none.
        key: Its private key, PEM; None: it is in the file of the certificate.
        key_password: What the key is encrypted with; empty: it is not.
        check_hostname: Whether the certificate of a server must name the host that we connect to.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)
    check_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """The same for clients that use Python's own TLS.

        Raises:
            OSError: A file cannot be read, or is not what it should be (ssl.SSLError).
        """
        made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.ca)
        made.check_hostname = self.check_hostname
        if self.certificate is not None:
            # A password is given in any case: without one, OpenSSL would ask for it on the terminal.
            made.load_cert_chain(self.certificate, self.key, self.key_password)
        return made


@dataclass(frozen=True, slots=True)
class Sasl:
    """Who we are by name and password, or by token.

    Args:
        mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
        username: For all but OAUTHBEARER.
        password: For all but OAUTHBEARER.
        token: For OAUTHBEARER: gives one that is valid; blocks, and may be called by any thread.
    """

    mechanism: str
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], BearerToken] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster is and how it is entered. As text it is its address, which may be shown to anybody.

    Args:
        servers: HOST:PORT of some of its brokers, one at least.
        client_id: What we call ourselves there; empty: what each client calls itself.
        tls: None: nothing is encrypted.
        sasl: None: nobody asks who we are, or the certificate says it. Never without TLS.
        properties: More librdkafka properties; where a client of ours sets the same one, that counts.
    """

    servers: tuple[str, ...]
    client_id: str = ""
    tls: Tls | None = None
    sasl: Sasl | None = None
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse what would send a password in clear.

        Raises:
            ValueError: There is SASL without TLS.
        """
        if self.sasl is not None and self.tls is None:
            raise ValueError("SASL without TLS sends secrets in clear")

    def __str__(self) -> str:
        """HOST:PORT[,HOST:PORT…]."""
        return ",".join(self.servers)

    @classmethod
    def of(cls, given: "ClusterOrAddress") -> Self:
        """The cluster that was given, or one without any security at that address, HOST:PORT[,HOST:PORT…]."""
        if isinstance(given, cls):
            return given
        return cls(tuple(server.strip() for server in str(given).split(",")))


ClusterOrAddress = Cluster | str
"""Where clients connect to: a plain address stands for a cluster without TLS and SASL."""
