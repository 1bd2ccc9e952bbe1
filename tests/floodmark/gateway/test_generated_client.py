"""A client that is generated from the OpenAPI document posts, reads and hears of errors: nobody writes one by hand."""

import asyncio
import importlib
import importlib.resources
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import openapi_generator_cli
import pytest

from floodmark.gateway.app import build, routed
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.security.principals import ApiRight
from floodmark.gateway.server import GatewayServer, listening, url_of
from floodmark.local.broker.java import find_java
from tests.floodmark.gateway.ingest.build import Kept, parts
from tests.floodmark.gateway.security.build import key_of
from tests.floodmark.gateway.topic_kit import alert, minute, parts_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PACKAGE = "floodmark_client"
LEFT_OUT = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def made(kept: Kept) -> GatewayParts:
    known = parts_of(minute(), alert())
    known.intake = parts(kept).intake
    return known


@pytest.fixture
def client(made: GatewayParts, tmp_path: Path) -> Iterator[ModuleType]:
    """The generated package."""
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(routed(made).openapi()))
    jar = importlib.resources.files(openapi_generator_cli) / "openapi-generator.jar"
    command = [str(find_java().path), "-jar", str(jar), "generate", "-g", "python", "-i", str(document)]
    command += ["-o", str(tmp_path), "--package-name", PACKAGE, "--global-property", LEFT_OUT]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    sys.path.insert(0, str(tmp_path))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@contextmanager
def serving(made: GatewayParts) -> Iterator[str]:
    """The gateway on loopback; its address."""
    listener, began = listening("127.0.0.1", 0), threading.Event()
    url = url_of(listener)
    server = GatewayServer(build(made), began.set, lambda: None)
    running = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    running.start()
    assert began.wait(20)
    try:
        yield url
    finally:
        server.should_exit = True
        running.join()


def test_it_posts_reads_and_hears_of_errors(client: Any, made: GatewayParts, kept: Kept) -> None:
    key = key_of(made, ApiRight.ADMIN)
    with serving(made) as url, client.ApiClient(client.Configuration(host=url, access_token=key)) as asks:
        transactions = client.TransactionsApi(asks)
        record = client.PostedTransaction(timestamp=client.Timestamp("2025-07-12T13:45:00Z"), status="failed", count=8)
        one = transactions.post_transactions(client.PostTransactionsRequest(record), idempotency_key="a")
        assert (one.accepted, one.refused, one.no_verdict) == (1, 0, "this gateway does not follow the judge")
        several = transactions.post_transactions(client.PostTransactionsRequest([record, record]))
        assert several.accepted == 2
        sent = [json.loads(value) for value in kept.values]
        assert [(each["timestamp"], each["status"], each["count"]) for each in sent] == [
            ("2025-07-12T13:45:00Z", "failed", 8)
        ] * 3
        (found,) = client.MinutesApi(asks).minutes(window=15).minutes
        assert (found.key, found.count) == ("denied", 5)
        (incident,) = client.IncidentsApi(asks).incidents().incidents
        assert incident.incident_id == "i1"
        with pytest.raises(client.ApiException) as error:
            client.IncidentsApi(asks).incident("nobody")
        assert error.value.status == 404
        assert json.loads(error.value.body)["type"] == "/docs/problems#no-such-incident"
