"""Somebody else's broker, known by its address."""

from dataclasses import replace

from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.waiting import answers
from runtime.ports import listens


class ExternalBroker:
    """A broker that runs already and is not ours to stop.

    Args:
        address: HOST:PORT, or several with commas between.
        cluster: How it is entered; None: without TLS and SASL.
        within_s: Seconds that `start` waits for an answer.

    Raises:
        BrokerError: The address is not of that form.
    """

    kind = "external"
    volatile = False
    pid = None

    def __init__(self, address: str, cluster: Cluster | None = None, *, within_s: float = 10.0) -> None:
        self._within_s = within_s
        self._servers = tuple(_host_and_port(server.strip()) for server in address.split(","))
        self._cluster = replace(cluster or Cluster.of(""), servers=Cluster.of(self.address).servers)

    @property
    def address(self) -> str:
        """HOST:PORT for clients, or several with commas between."""
        return ",".join(f"{host}:{port}" for host, port in self._servers)

    def start(self) -> None:
        """Make sure that it answers.

        Raises:
            BrokerError: It does not, or does not let us in (BrokerRefused).
        """
        if not answers(self._cluster, self._within_s):
            raise BrokerError(
                f"No Kafka answers at {self.address}. Check the address, that the broker runs and that its advertised "
                "listeners can be reached from here, or leave --broker away to use a local one."
            )

    def alive(self) -> bool:
        """Whether one of its servers accepts connections."""
        return any(listens(host.strip("[]"), port) for host, port in self._servers)

    def stop(self) -> None:
        """Do nothing: it is not ours."""


def _host_and_port(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise BrokerError(f"{server!r} is not a broker's address: write HOST:PORT, auto, kafka or embedded.")
    return host, int(port)
