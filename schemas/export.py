"""The contracts as files: a JSON Schema for each record, and an AsyncAPI document for the topics.

Run `python -m schemas.export` after a change to a model; a test fails until that was done.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from schemas.action import Action
from schemas.alert import Alert, CloudEvent
from schemas.asyncapi import document
from schemas.messages import dead_letter_headers
from schemas.minute import Minute
from schemas.transaction import Punctuation, Transaction

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FOLDER: Final = Path(__file__).parent / "exported"
RECORDS: Final[dict[str, type[BaseModel]]] = {
    "transaction": Transaction,
    "punctuation": Punctuation,
    "minute": Minute,
    "alert": Alert,
    "alert-event": CloudEvent,
    "action": Action,
}
"""File name (without its ending) to the model that it is made from."""


def exported() -> dict[str, bytes]:
    """File name to content of everything that is exported; equal models give equal bytes."""
    schemas = {name: _titled(name, model.model_json_schema()) for name, model in RECORDS.items()}
    schemas["dead-letter-headers"] = _titled("dead-letter-headers", dead_letter_headers())
    files = {f"{name}.schema.json": _pretty(schema) for name, schema in schemas.items()}
    return {**files, "asyncapi.json": _pretty(document())}


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all files into `folder`, remove JSON files that are no longer exported, return what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = exported()
    for old in folder.glob("*.json"):
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _titled(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:floodmark:schema:{name}", **schema}


def _pretty(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    for path in write():
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
