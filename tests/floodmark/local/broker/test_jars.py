"""Fetching and checking Kafka's jars, against a repository on loopback."""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.broker.jars import class_path, default_cache, pinned, read_list, wrong_jars
from floodmark.local.broker.relock import relock
from runtime.kafka.errors import BrokerError
from tests.floodmark.local.broker.broker_kit import NOWHERE, JarRepository, jar_repository
from tests.waiting import PATIENCE_S

# jgo leaves the connection of a "404 Not Found" to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[JarRepository]:
    with jar_repository(tmp_path / "repository") as serving:
        yield serving
    # While the filter above is on, not in somebody else's test.
    gc.collect()


def test_jars_are_fetched_in_the_order_of_the_list_and_progress_is_told(repository, tmp_path):
    jars, said = repository.add_jars(7), []
    found = class_path(jars, tmp_path / "my cache", said.append, remotes=repository.remotes)
    assert [path.read_bytes() for path in found] == [name.encode() * 500 for name in jars.digests]
    assert said[0].startswith("Fetching Apache Kafka unknown: 7 files into")
    assert said[-1] == "Apache Kafka unknown: 7 of 7 files, 0.1 MB."


def test_a_complete_cache_needs_no_network_and_says_nothing(repository, tmp_path):
    jars, said = repository.add_jars(3), []
    class_path(jars, tmp_path / "cache", print, remotes=repository.remotes)
    class_path(jars, tmp_path / "cache", said.append, remotes=NOWHERE)
    assert said == []


def test_a_jar_damaged_in_the_cache_is_fetched_again_and_only_that_one(repository, tmp_path):
    jars = repository.add_jars(3)
    found = class_path(jars, tmp_path / "cache", print, remotes=repository.remotes)
    found[1].write_bytes(b"half")
    repository.asked.clear()
    class_path(jars, tmp_path / "cache", print, remotes=repository.remotes)
    assert wrong_jars(jars, tmp_path / "cache") == ()
    assert [path for path in repository.asked if path.endswith(".jar")] == [list(jars.digests)[1]]


def test_a_jar_that_arrives_damaged_is_fetched_once_more(repository, tmp_path):
    jars, said = repository.add_jars(2), []
    repository.spoilt[next(iter(jars.digests))] = 1
    class_path(jars, tmp_path / "cache", said.append, remotes=repository.remotes)
    assert wrong_jars(jars, tmp_path / "cache") == ()
    assert "part0-1.0.jar arrived with the wrong SHA-256: fetching it once more." in said


def test_a_jar_that_is_wrong_twice_is_an_error_and_never_reaches_the_cache(repository, tmp_path):
    jars = repository.add_jars(2)
    name, digest = next(iter(jars.digests.items()))
    repository.spoilt[name] = 99
    with pytest.raises(BrokerError, match=rf"part0-1\.0\.jar has SHA-256 \w{{64}}, but {digest} is recorded"):
        class_path(jars, tmp_path / "cache", print, remotes=repository.remotes)
    assert repository.asked[name] == 2
    assert name in wrong_jars(jars, tmp_path / "cache")
    assert list((tmp_path / "cache").glob(".staging*")) == []


def test_an_unreachable_repository_is_an_error_that_says_what_to_do(repository, tmp_path):
    with pytest.raises(BrokerError, match=r"could not be fetched .* proxy .* --broker embedded"):
        class_path(repository.add_jars(2), tmp_path / "cache", print, remotes=NOWHERE)


def test_a_jar_the_repository_does_not_have_is_an_error(repository, tmp_path):
    jars = repository.add_jars(1)
    (repository.folder / next(iter(jars.digests))).unlink()
    with pytest.raises(BrokerError, match=r"part0-1\.0\.jar could not be fetched"):
        class_path(jars, tmp_path / "cache", print, remotes=repository.remotes)


def test_a_cache_that_cannot_be_written_is_an_error_that_names_it(repository, tmp_path):
    (tmp_path / "cache").write_text("a file, where the folder should be")
    with pytest.raises(BrokerError, match=r"cannot be stored in .*cache.* XDG_CACHE_HOME"):
        class_path(repository.add_jars(1), tmp_path / "cache", print, remotes=repository.remotes)


def test_two_processes_that_start_at_once_fetch_each_jar_once(repository, tmp_path):
    jars = repository.add_jars(20)
    code = (
        "import json, sys; from pathlib import Path; from floodmark.local.broker.jars import *\n"
        "digests, folder, remotes = json.loads(sys.argv[1])\n"
        "class_path(JarList(digests), Path(folder), print, remotes=remotes)"
    )
    order = json.dumps([dict(jars.digests), str(tmp_path / "cache"), repository.remotes])
    both = [subprocess.Popen([sys.executable, "-c", code, order]) for _ in range(2)]
    assert [process.wait(PATIENCE_S) for process in both] == [0, 0]
    assert wrong_jars(jars, tmp_path / "cache") == ()
    assert {repository.asked[path] for path in jars.digests} == {1}


def test_the_list_that_ships_names_one_kafka_and_no_host():
    jars = pinned()
    assert jars.version == "4.3.1"
    assert all(len(digest) == 64 and int(digest, 16) for digest in jars.digests.values())
    assert all(path.endswith(".jar") and ":" not in path for path in jars.digests)


def test_the_cache_follows_the_users_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "floodmark" / "jars"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache() == tmp_path / "home" / ".cache" / "floodmark" / "jars"


def test_relock_records_kafka_what_it_needs_and_the_link_to_its_log(repository, tmp_path):
    kafka, log = ("org.apache.kafka", "kafka_2.13", "9.9.9"), ("org.apache.logging.log4j", "log4j-core", "2.0")
    link = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.0")
    needed = "<dependencies><dependency>{}</dependency></dependencies>".format(
        "".join(f"<{tag}>{text}</{tag}>" for tag, text in zip(("groupId", "artifactId", "version"), log, strict=True))
    )
    digests = {}
    for group, artifact, version in (kafka, log, link):
        base = f"{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}"
        digests[f"{base}.jar"] = repository.add(f"{base}.jar", artifact.encode())
        about = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        extra = needed if artifact == "kafka_2.13" else ""
        repository.add(f"{base}.pom", f"<project><modelVersion>4.0.0</modelVersion>{about}{extra}</project>".encode())
    assert relock("9.9.9", tmp_path / "list", remotes=repository.remotes) == 3
    assert read_list(tmp_path / "list").digests == digests
