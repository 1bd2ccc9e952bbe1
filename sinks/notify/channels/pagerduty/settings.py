"""What the channel pagerduty needs to know."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from sinks.notify.channels.settings import HttpSettings, Url, Variable


class PagerDutySettings(HttpSettings):
    """Which service at PagerDuty.

    Args:
        routing_key_file: Holds the integration key (32 characters) of an integration of the kind Events API v2.
        routing_key_variable: The same in an environment variable.
        url: Where the service is; accounts in Europe have https://events.eu.pagerduty.com.
        source: What PagerDuty shows as the place that is affected; empty: the first incident's series.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"routing_key": True}

    routing_key_file: Path | None = None
    routing_key_variable: Variable | None = None
    url: Url = Field(default="https://events.pagerduty.com", repr=False)
    source: str = Field(default="", max_length=200)
