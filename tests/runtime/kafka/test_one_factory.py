"""Everything that connects to Kafka is made in one place."""

import re

import pytest

from tests.paths import ROOT

PRODUCT = ("schemas", "runtime", "producers", "processors", "sinks", "floodmark")
FACTORY = "runtime/kafka/client.py"
PROPERTY = re.compile(r"""["']bootstrap\.servers["']|\bbootstrap_servers\b""")
MADE = re.compile(r"\b(Consumer|Producer|AdminClient|AIOKafkaClient|AIOKafkaConsumer|AIOKafkaProducer)\(")
CREDENTIALS = re.compile(r"\b(SASLCredentials|SSLCredentials|OAuthCredentials|GSSAPICredentials)\(")


def files_with(pattern: re.Pattern[str]) -> set[str]:
    """The product's files in which the pattern is found in code, comments left out."""
    found = set()
    for place in PRODUCT:
        for path in (ROOT / place).rglob("*.py"):
            lines = path.read_text("utf-8").splitlines()
            if any(pattern.search(line) for line in lines if not line.lstrip().startswith(("#", "class "))):
                found.add(path.relative_to(ROOT).as_posix())
    return found


def test_only_the_factory_names_the_bootstrap_servers() -> None:
    """How a cluster is reached must not be decided in many places."""
    assert files_with(PROPERTY) == {FACTORY}


def test_only_the_factory_makes_clients() -> None:
    """Whoever made one by hand would connect without TLS and password."""
    assert files_with(MADE) == {FACTORY}


def test_fausts_credentials_are_made_in_one_place() -> None:
    """There they are given a TLS context, without which Faust sends passwords in clear."""
    assert files_with(CREDENTIALS) == {"processors/faustapp/connection.py"}


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (PROPERTY, '{"bootstrap.servers": address}'),
        (PROPERTY, "f(bootstrap_servers=address)"),
        (MADE, "self._consumer = Consumer({})"),
        (MADE, "confluent_kafka.Producer({})"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    """As a search that finds nothing proves nothing."""
    assert pattern.search(line)
