"""What all tests share: in which order and how traced they run, brokers, and names of one's own on them."""

import gc
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from coverage import Coverage
from hypothesis import HealthCheck, settings

import processors.domain
from tests import java_archive, services
from tests.shared_kafka import SharedKafka, ask
from tests.tracing import untraced

if TYPE_CHECKING:
    from tests.sample_store import Filled

STORES = {"store", "empty_store", "own_store", "shared_store", "recorded", "filled", "engine"}
"""Fixtures that start a store."""
SHARED_KAFKA = pytest.StashKey[SharedKafka]()
_SHARED_KAFKA = "shared_kafka"
OF_ALL = "COVERAGE_OF_ALL"
"""Set in the environment by `make coverage`."""
DOMAIN = Path(__file__).parent / "processors" / "domain"
"""Tests of the domain."""


def pytest_configure() -> None:
    """What compiles for a short life: a broker of a minute earns back nothing of what an optimising compiler costs.

    And what one of our hundreds of processes has compiled, the next one takes, also where images forbid that for
    reasons of their own.
    """
    java_archive.use()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # How properties are tried where a test says nothing else: a machine that is busy needs longer than any bound.
    settings.register_profile("ours", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("ours")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A process that runs tests is told where to ask for the Kafka that all of them share."""
    stash = node.config.stash
    if SHARED_KAFKA not in stash:
        stash[SHARED_KAFKA] = SharedKafka()
    node.workerinput[_SHARED_KAFKA] = stash[SHARED_KAFKA].port


def pytest_unconfigure(config: pytest.Config) -> None:
    if SHARED_KAFKA in config.stash:
        config.stash[SHARED_KAFKA].close()


def pytest_report_header() -> str:
    return f"kafka: {services.kafka_description()}; embedded: librdkafka's in-process cluster"


def pytest_collection(session: pytest.Session) -> None:
    """The domain is imported first where coverage is measured: the lines that run when a module is imported count."""
    # Nothing of what is collected is garbage before the end, and looking for some takes a third of the time.
    gc.disable()
    if Coverage.current() is not None:
        for module in pkgutil.walk_packages(processors.domain.__path__, "processors.domain."):
            importlib.import_module(module.name)
    _import_in_an_order_of_its_own(session.config)


def _import_in_an_order_of_its_own(config: pytest.Config) -> None:
    """Each of the processes that run tests imports them from another one on: what one compiles, the others load.

    On a fresh checkout all of them would else compile all tests, at the same time and in the same order.
    """
    me = getattr(config, "workerinput", None)
    if me is None:
        return
    asked = [config.invocation_params.dir / arg.partition("::")[0] for arg in config.args]
    files = [file for path in asked for file in (sorted(path.rglob("test_*.py")) if path.is_dir() else [path])]
    first = len(files) * int(me["workerid"].removeprefix("gw")) // me["workercount"]
    with untraced():
        for file in (*files[first:], *files[:first]):
            # Whatever is wrong with one is said when it is collected; a file that is skipped raises no Exception.
            with suppress(Exception, pytest.skip.Exception):
                importlib.import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[object]:
    """Tests that run untraced are imported untraced: each of the processes imports all of them."""
    if OF_ALL in os.environ or Coverage.current() is None or DOMAIN in (collector.path, *collector.path.parents):
        return (yield)
    with untraced():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for a store is marked so, before marks are selected by; and files are put in order.

    Files that need a broker wait more than they compute: they go among the others, and none of them comes last.

    Of these the ones with a story take longest, so the last of them begins sooner, and so does the last one on a store:
    idle processors wait for a long file that begins late.
    """
    for item in items:
        if STORES & set(getattr(item, "fixturenames", ())):
            item.add_marker("store")
    on_kafka = [item for item in items if item.get_closest_marker("kafka") is not None]
    long = dict.fromkeys(item.path for item in on_kafka if item.get_closest_marker("story") is not None)
    waiting = dict.fromkeys(item.path for item in on_kafka if item.path not in long)
    stored = dict.fromkeys(item.path for item in items if item.get_closest_marker("store") is not None)
    kinds = ((dict.fromkeys(item.path for item in items), 1.0), (stored, 0.8), (waiting, 0.8), (long, 0.6))
    place = {path: until * i / len(paths) for paths, until in kinds for i, path in enumerate(paths)}
    items.sort(key=lambda item: place[item.path])


def pytest_collection_finish() -> None:
    """What was collected stays until the end: looking through it for garbage takes a quarter of a second each time.

    What tests leave is looked for after every 20,000 objects, and not after 700: that is a tenth of the time of all.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Properties and stories run untraced, with all that they start: tracing triples their time for nothing new.

    So do all others that are not of the domain, unless the whole is to be measured: the domain is covered whole by its
    own tests, and tracing doubles what each test and each process it starts costs.
    """
    is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    is_asked_for = OF_ALL in os.environ or DOMAIN in item.path.parents
    if is_asked_for and not is_property and item.get_closest_marker("story") is None:
        return (yield)
    with untraced():
        return (yield)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """HOST:PORT of a real Apache Kafka that all tests of the run share; one that does not start fails them."""
    told = getattr(pytestconfig, "workerinput", {})
    if _SHARED_KAFKA in told:
        address = ask(told[_SHARED_KAFKA])
        java_archive.use()
        yield address
        return
    with services.kafka_running(tmp_path_factory.mktemp("shared kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    """HOST:PORT of an embedded broker that all tests of the run share."""
    with services.embedded_running() as address:
        yield address


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Filled"]:
    """The sample, judged and in a store, for all tests of this process that only look."""
    # It takes a second to import, which a single test that asks for no store need not wait for.
    from tests.sample_store import filled_in

    with filled_in(tmp_path_factory.mktemp("sample store")) as found:
        yield found


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Logs go where they went before, whatever a test has set up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def topic_prefix() -> str:
    """What to put before the names of topics and groups on a shared broker."""
    return services.unique_prefix()
