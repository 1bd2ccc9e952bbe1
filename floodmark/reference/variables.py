"""The FLOODMARK_… variables."""

from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo

from floodmark.environment import INTERNAL
from floodmark.gateway.settings import GatewaySettings
from floodmark.reference.cells import cell, code
from floodmark.settings import Settings
from processors.settings import WorkerSettings
from runtime.settings import limits, variable
from sinks.notify.variables import NotifyVariables
from sinks.webhook.variables import WebhookVariables


def variables() -> Iterator[str]:
    """A table of what all processes read, and one of what each kind of them reads beside that."""
    yield "A flag goes before its variable, and the variable before the default. An empty variable is as good as none."
    yield "One that nobody knows is named by every command, and a value that cannot be used ends it with 2."
    yield from _table("Read by every process:", Settings.model_fields)
    shared = set(Settings.model_fields)
    yield from _table(
        "Read by workers (all of one installation need the same):",
        {name: field for name, field in WorkerSettings.model_fields.items() if name not in shared},
    )
    yield from _table("Read by `floodmark sink webhook`:", WebhookVariables.model_fields)
    yield from _table("Read by `floodmark sink notify`:", NotifyVariables.model_fields)
    yield from _table("Read by `floodmark gateway`:", GatewaySettings.model_fields)


def _table(head: str, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield ""
    yield head
    yield ""
    yield "| variable | default | limits | |"
    yield "| --- | --- | --- | --- |"
    for name, field in fields.items():
        if variable(name) not in INTERNAL:
            default = "" if field.default is None or field.default_factory is not None else code(field.default)
            yield f"| `{variable(name)}` | {default} | {limits(field)} | {cell(field.description or '')} |"
