"""Certificates, and a broker that asks who comes; both made once."""

from collections.abc import Iterator

import pytest

from tests.runtime.kafka.certificates import Certificates, make_certificates
from tests.runtime.kafka.secure_kafka import Places, secure_kafka


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority and what it has signed."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Places]:
    """Where the broker listens."""
    with secure_kafka(tmp_path_factory.mktemp("secure"), certificates) as found:
        yield found
