"""The FLOODMARK_… variables: which there are, which nobody knows, which cannot be used, alone or together."""

import difflib
import functools
from collections.abc import Mapping
from typing import Final

from floodmark.gateway.settings import GatewaySettings
from floodmark.settings import Settings
from processors.settings import WorkerSettings
from runtime.exits import Misused
from runtime.kafka.settings import KafkaSettings
from runtime.settings import PREFIX, FromEnvironment, faults, read_settings, variable
from sinks.notify.variables import NotifyVariables
from sinks.webhook.variables import WebhookVariables

TESTS: Final = "FLOODMARK_TEST_"
"""What begins so is for our own tests."""
SETTINGS: Final[tuple[type[FromEnvironment], ...]] = (
    Settings,
    WorkerSettings,
    WebhookVariables,
    NotifyVariables,
    GatewaySettings,
)
"""Together they hold every field there is."""
INTERNAL: Final = frozenset({"FLOODMARK_DECLARE_TOPICS"})
"""Set by ourselves whatever the environment says."""


@functools.cache
def known() -> tuple[str, ...]:
    """The names of all variables, by name."""
    return tuple(sorted({variable(name) for settings in SETTINGS for name in settings.model_fields} - INTERNAL))


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence on each variable that begins like ours and is none, with the nearest one that is."""
    return [_no_such(name) for name in sorted(environ) if _is_foreign(name.upper())]


def wrong(environ: Mapping[str, str]) -> list[str]:
    """A sentence on each of our variables whose value cannot be used; empty ones count as not set."""
    sentences: dict[str, str] = {}
    for settings in SETTINGS:
        sentences.update(faults(settings, environ))
    return [sentences[name] for name in sorted(sentences)]


def not_together() -> str:
    """A sentence on what is set of Kafka and does not go together, or names a file that cannot be used; else empty."""
    try:
        read_settings(KafkaSettings).cluster  # noqa: B018 - that it can be made is the question
    except Misused as error:
        return error.sentence
    return ""


def _is_foreign(name: str) -> bool:
    return name.startswith(PREFIX) and not name.startswith(TESTS) and name not in {*known(), *INTERNAL}


def _no_such(name: str) -> str:
    # By what follows the prefix, as the prefix makes all of them alike.
    names = [each.removeprefix(PREFIX) for each in known()]
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), names, n=1)
    hint = (
        f"; did you mean {PREFIX}{near[0]}?"
        if near
        else "; `python -m floodmark.reference -` lists those that there are"
    )
    return f"{name} is no setting of Floodmark and changes nothing{hint}"
