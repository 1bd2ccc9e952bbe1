"""The collection for Postman has every operation, and each request in it is answered as the document says."""

import json
import re
from typing import Any

from floodmark.gateway.app import build
from floodmark.gateway.collection import FORMAT
from floodmark.gateway.parts import GatewayParts
from tests.floodmark.gateway.asking import ask, get
from tests.floodmark.gateway.ingest.build import Kept, parts
from tests.floodmark.gateway.topic_kit import alert, minute, parts_of


def requests(made: GatewayParts) -> list[dict[str, Any]]:
    found = get(build(made), "/docs/collection.json").json()
    assert found["info"]["schema"] == FORMAT
    return [item["request"] for folder in found["item"] for item in folder["item"]]


def test_every_operation_is_in_it_once() -> None:
    made = GatewayParts()
    document = get(build(made), "/openapi.json").json()
    documented = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    found = [
        (each["method"], "/" + "/".join(re.sub("^:(.*)", r"{\1}", part) for part in each["url"]["path"]))
        for each in requests(made)
    ]
    assert sorted(found) == sorted(documented)


def test_its_requests_work_as_they_are() -> None:
    made = parts_of(minute(), alert())
    made.intake = parts(Kept()).intake
    app = build(made)
    for each in requests(made):
        path = each["url"]["raw"].removeprefix("{{address}}").replace(":incident_id", "i1")
        if path == "/v1/stream" or "/incidents/i1/" in path or "/integrations/" in path:
            continue  # one does not end, the others need a broker, or somebody who signs
        headers = {header["key"]: header["value"] for header in each["header"] if not header.get("disabled")}
        answer = ask(app, each["method"], path, headers=headers, content=each.get("body", {}).get("raw"))
        assert answer.status_code in (200, 503), (path, answer.text)
        if path == "/v1/transactions":
            assert answer.json()["accepted"] == 1


def test_it_holds_no_key_and_says_where_one_goes() -> None:
    found = get(build(GatewayParts()), "/docs/collection.json").json()
    assert found["auth"]["bearer"][0]["value"] == "{{key}}"
    assert {"key": "key", "value": ""} in found["variable"]
    assert {"key": "address", "value": "http://localhost:8080"} in found["variable"]
    assert "fm_" not in json.dumps(found)
