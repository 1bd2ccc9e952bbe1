"""librdkafka's own broker, reached through ctypes in the library that confluent-kafka brings."""

import ctypes
from collections.abc import Mapping
from typing import Self

from runtime.kafka.errors import BrokerError

PRODUCER = 0
CONF_OK = 0


def _library() -> ctypes.CDLL:
    """The librdkafka that confluent-kafka uses: its extension module leads to it, wherever the wheel put it."""
    import confluent_kafka.cimpl

    library = ctypes.CDLL(confluent_kafka.cimpl.__file__)
    text, number, pointer = ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p
    signatures: Mapping[str, tuple[object, tuple[object, ...]]] = {
        "rd_kafka_conf_new": (pointer, ()),
        "rd_kafka_conf_set": (number, (pointer, text, text, text, ctypes.c_size_t)),
        "rd_kafka_new": (pointer, (number, pointer, text, ctypes.c_size_t)),
        "rd_kafka_destroy": (None, (pointer,)),
        "rd_kafka_mock_cluster_new": (pointer, (pointer, number)),
        "rd_kafka_mock_cluster_bootstraps": (text, (pointer,)),
        "rd_kafka_mock_cluster_destroy": (None, (pointer,)),
        "rd_kafka_mock_topic_create": (number, (pointer, text, number, number)),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, (pointer, ctypes.c_int32)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MockCluster:
    """One broker inside this process, on a port of 127.0.0.1 that it chooses itself.

    It keeps at most 5 MiB and 100 000 batches of each partition and drops the oldest without a word.

    Args:
        topics: How many partitions each topic has.
        rebalance_delay_ms: How long a new consumer group waits for more members.

    Raises:
        BrokerError: librdkafka refused.
    """

    def __init__(self, topics: Mapping[str, int], *, rebalance_delay_ms: int = 100) -> None:
        self._lib = _library()
        reason = ctypes.create_string_buffer(512)
        conf = self._lib.rd_kafka_conf_new()
        if self._lib.rd_kafka_conf_set(conf, b"log_level", b"0", reason, len(reason)) != CONF_OK:
            raise BrokerError(f"The embedded broker cannot be set up: {reason.value.decode()}")
        self._handle = self._lib.rd_kafka_new(PRODUCER, conf, reason, len(reason))
        if not self._handle:
            raise BrokerError(f"The embedded broker cannot be set up: {reason.value.decode()}")
        self._cluster = self._lib.rd_kafka_mock_cluster_new(self._handle, 1)
        if not self._cluster:
            self._lib.rd_kafka_destroy(self._handle)
            raise BrokerError("The embedded broker cannot listen on 127.0.0.1.")
        self._lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, rebalance_delay_ms)
        for name, partitions in topics.items():
            # Asked for less than one partition, librdkafka would abort the process.
            if partitions < 1 or self._lib.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1):
                self.close()
                raise BrokerError(f"The embedded broker refused the topic {name!r} with {partitions} partitions.")

    @property
    def address(self) -> str:
        """HOST:PORT for clients."""
        return str(self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode())

    def close(self) -> None:
        """Stop serving and forget everything; does nothing the second time."""
        if self._cluster:
            self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
            self._lib.rd_kafka_destroy(self._handle)
            self._cluster = self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
