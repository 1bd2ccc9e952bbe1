"""The project's own Kafka with TLS, users and access rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.broker.kafka_files import Additions, Ports
from runtime.ports import free_ports
from tests.runtime.kafka.certificates import Certificates
from tests.services import PATIENT

PASSWORD = "of the worker"
JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Places:
    """Where one Kafka listens.

    Args:
        plain: For whoever comes.
        secure: Where users log in, over TLS.
        mutual: Where certificates are asked for; its own is for another host.
    """

    plain: str
    secure: str
    mutual: str


@contextmanager
def secure_kafka(folder: Path, certificates: Certificates) -> Iterator[Places]:
    """A Kafka for the length of the block.

    `worker` may do everything, `guest` nothing; both have the same password. So may whoever brings the certificate
    `client`.
    """
    secure, mutual = free_ports(2)

    def more(node: Ports) -> dict[str, str | int]:
        plain = f"PLAINTEXT://127.0.0.1:{node.clients},CONTROLLER://127.0.0.1:{node.controller}"
        listeners = f"{plain},SECURE://127.0.0.1:{secure},MUTUAL://127.0.0.1:{mutual}"
        modules = {
            "scram-sha-256": "scram.ScramLoginModule required",
            "scram-sha-512": "scram.ScramLoginModule required",
            "plain": f'plain.PlainLoginModule required user_worker="{PASSWORD}" user_guest="{PASSWORD}"',
            "oauthbearer": "oauthbearer.OAuthBearerLoginModule required",
        }
        return {
            **PATIENT.settings(node),
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": ("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL"),
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": ",".join(name.upper() for name in modules),
            **{f"listener.name.secure.{name}.sasl.jaas.config": f"{JAAS}.{how};" for name, how in modules.items()},
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(certificates.store("server")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(certificates.ca),
            "listener.name.mutual.ssl.client.auth": "required",
            "listener.name.mutual.ssl.keystore.type": "PEM",
            "listener.name.mutual.ssl.keystore.location": str(certificates.store("elsewhere")),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:worker;User:CN=client",
        }

    users = tuple(
        option
        for name in ("worker", "guest")
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        for option in ("--add-scram", f"{mechanism}=[name={name},password={PASSWORD}]")
    )
    broker = LocalKafka(folder, print, more=Additions(more, users))
    broker.start()
    try:
        yield Places(broker.address, f"127.0.0.1:{secure}", f"127.0.0.1:{mutual}")
    finally:
        broker.stop()
