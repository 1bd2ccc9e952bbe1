"""What the channel slack needs to know."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, StrictBool

from sinks.notify.channels.settings import HttpSettings, Url, Variable

_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{7,}|#[^\s,<>#@]{1,80}")


def _channel(text: str) -> str:
    if _CHANNEL.fullmatch(text) is None:
        raise ValueError("must be the id of a channel, like C0123456789, or its name with a # before it")
    return text


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
    channel: Annotated[str, AfterValidator(_channel)]
    buttons: StrictBool = False
    url: Url = Field(default="https://slack.com/api", repr=False)
