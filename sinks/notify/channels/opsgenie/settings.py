"""What the channel opsgenie needs to know."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from sinks.notify.channels.settings import HttpSettings, Url, Variable


class OpsgenieSettings(HttpSettings):
    """Which integration.

    Args:
        api_key_file: Holds the key of an integration of the kind API.
        api_key_variable: The same in an environment variable.
        url: Of Jira Service Management https://api.atlassian.com/jsm/ops/integration; until Atlassian ends Opsgenie, on
            5 April 2027, https://api.opsgenie.com or https://api.eu.opsgenie.com.
        responders: Names of teams there that are called; none: as the integration says.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"api_key": True}

    api_key_file: Path | None = None
    api_key_variable: Variable | None = None
    url: Url = Field(default="https://api.opsgenie.com", repr=False)
    responders: tuple[str, ...] = Field(default=(), max_length=50)
