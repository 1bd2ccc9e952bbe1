"""A collection of requests from the OpenAPI document, for Postman and the tools that read its format (2.1.0)."""

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]

FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection_of(document: Json, address: str) -> Json:
    """The collection; the same document makes the same one.

    Args:
        document: The OpenAPI document.
        address: Of the gateway, without a path; the variable `address` at first.
    """
    folders: dict[str, list[Json]] = {}
    for path, method, operation in _operations(document):
        folders.setdefault(next(iter(operation.get("tags", ())), "more"), []).append(_item(path, method, operation))
    info = document["info"]
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, f"urn:floodmark:http:{info['version']}")),
            "name": f"{info['title']} {info['version']}",
            "description": f"{info['description']} Set the variable key to an API key where one is needed.",
            "schema": FORMAT,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "item": [{"name": name, "item": items} for name, items in folders.items()],
        "variable": [{"key": "address", "value": address}, {"key": "key", "value": ""}],
    }


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _item(path: str, method: str, operation: Json) -> Json:
    parameters = operation.get("parameters", [])
    parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in path.strip("/").split("/")]
    query = [_parameter(each) for each in parameters if each["in"] == "query"]
    variables = [_parameter(each) for each in parameters if each["in"] == "path"]
    headers = [_parameter(each) for each in parameters if each["in"] == "header"]
    raw = "{{address}}/" + "/".join(parts)
    request: Json = {
        "method": method.upper(),
        "description": operation.get("description", operation.get("summary", "")),
        "header": headers,
        "url": {"raw": raw, "host": ["{{address}}"], "path": parts, "query": query, "variable": variables},
    }
    if "requestBody" in operation:
        media_type, body = next(iter(operation["requestBody"]["content"].items()))
        request["header"] = [{"key": "Content-Type", "value": media_type}, *headers]
        request["body"] = {"mode": "raw", "raw": _example(body)}
    return {"name": operation.get("summary", path), "request": request}


def _parameter(parameter: Json) -> Json:
    """One that is left out until somebody turns it on, unless it is needed."""
    schema = parameter.get("schema", {})
    value = schema.get("default")
    made = {
        "key": parameter["name"],
        "value": "" if value is None else str(value),
        "description": parameter.get("description", ""),
    }
    return made if parameter.get("required") else {**made, "disabled": True}


def _example(body: Json) -> str:
    examples = body.get("examples", {})
    first = next(iter(examples.values()), {"value": body.get("example", {})})
    return json.dumps(first["value"], indent=2)
