"""What is sent to others: an alert's fields, and how its signature is checked."""

from collections.abc import Iterator
from typing import Any, Final

from floodmark.reference.cells import cell
from schemas.alert import Alert, CloudEvent
from sinks.delivery.channel import Terms
from sinks.http.signature import HEADER, TOLERANCE_S
from sinks.webhook.destination import AGE

CHECK: Final = f'''import hashlib
import hmac
import time


def is_from_floodmark(secret: bytes, header: str, body: bytes) -> bool:
    """Whether the header {HEADER} was made with the secret for this body, at most {TOLERANCE_S // 60} minutes ago."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not times[0].isdecimal() or abs(time.time() - int(times[0])) > {TOLERANCE_S}:
        return False
    expected = hmac.new(secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, value) for name, _, value in parts if name == "v1")
'''
"""An example for receivers; a test runs it."""


def alerts() -> Iterator[str]:
    """The envelope, the fields, and the signature."""
    yield "On the topic `alerts` and to webhooks goes a CloudEvents 1.0 envelope, whose `data` is the alert."
    yield "The schemas are in `schemas/exported`."
    yield "What was over before a webhook began comes as one event of the type `floodmark.summary`."
    yield f"What is delivered more than {Terms().old_s / 60:.0f} minutes late says its age, in `summary` and in seconds"
    yield f"in the header `{AGE}`."
    for title, model in (("Envelope", CloudEvent), ("Alert", Alert)):
        yield ""
        yield f"### {title}"
        yield ""
        yield "| field | type | default | |"
        yield "| --- | --- | --- | --- |"
        yield from _rows(model.model_json_schema())
    yield ""
    yield "### Checking the signature"
    yield ""
    yield f"A webhook's request has the header `{HEADER}`: `t=SECONDS,v1=HEX`, with a second `v1` while a secret is"
    yield "being changed. HEX is HMAC-SHA256 with the secret over SECONDS, a dot and the body as it came, in hex."
    yield f"Refuse what is more than {TOLERANCE_S} s old, compare in constant time, and tell a repeat by its `id`."
    yield ""
    yield "```python"
    yield CHECK.rstrip()
    yield "```"


def _rows(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema["properties"].items():
        usual = field.get("default")
        default = "required" if name in schema.get("required", ()) else "" if usual in (None, "") else f"`{usual}`"
        yield f"| `{name}` | {cell(_type(field))} | {default} | {cell(field.get('description', ''))} |"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2]).lower()
    if "const" in field:
        return repr(field["const"])
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    kind = str(field.get("type", "any"))
    if kind == "array":
        return f"list of {_type(field.get('items', {}))}"
    return {"date-time": "instant"}.get(field.get("format", ""), kind)
