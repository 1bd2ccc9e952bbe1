"""What the channel alertmanager needs to know."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from sinks.notify.channels.settings import HttpSettings, Url, Variable
from sinks.notify.routing.spans import Span

OURS: Final = frozenset({"alertname", "notification"})


def _free(name: str) -> str:
    if name in OURS:
        raise ValueError(f"must not be one of {', '.join(sorted(OURS))}: by these alerts are told apart")
    return name


LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=64), AfterValidator(_free)]


class AlertmanagerSettings(HttpSettings):
    """Where to.

    Args:
        url: Where Alertmanager is, without /api/v2.
        labels: Labels that each alert gets, for Alertmanager's own routes.
        expires_after: An alert of which nothing more is heard ends there after so long.
        authorization_file: Holds the value of the header Authorization, where one is needed: `Bearer ...`.
        authorization_variable: The same in an environment variable.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"authorization": False}

    url: Url = Field(repr=False)
    labels: Mapping[LabelName, Annotated[str, Field(min_length=1, max_length=200)]] = Field(default_factory=dict)
    expires_after: Span = timedelta(hours=24)
    authorization_file: Path | None = None
    authorization_variable: Variable | None = None
