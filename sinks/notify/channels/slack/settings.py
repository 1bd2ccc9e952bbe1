"""What the channel slack needs to know."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from sinks.notify.channels.settings import HttpSettings, Url, Variable


class SlackSettings(HttpSettings):
    """Where to.

    Args:
        token_file: Holds the app's bot token (xoxb-...), with the scope chat:write; the app is a member of the channel.
        token_variable: The same in an environment variable.
        channel: Its id (C0123456789), or its name with a # before it.
        buttons: Whether people can answer in the message. The app's request URL for interactivity must be the gateway.
        url: Where Slack's API is.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"token": True}

    token_file: Path | None = None
    token_variable: Variable | None = None
    channel: str = Field(pattern=r"^([CGD][A-Z0-9]{7,}|#[^\s,<>#@]{1,80})$")
    buttons: bool = False
    url: Url = Field(default="https://slack.com/api", repr=False)
