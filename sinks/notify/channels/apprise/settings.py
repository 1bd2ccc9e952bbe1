"""What the channel apprise needs to know."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import StrictBool

from sinks.notify.channels.settings import ChannelSettings, Variable


class AppriseSettings(ChannelSettings):
    """Where to.

    Args:
        url_file: Holds one URL as apprise writes them, like mailtos://USER:PASSWORD@HOST?to=oncall@example.com.
        url_variable: The same in an environment variable.
        repeats: Whether repeats are sent as well: each is one more message there.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"url": True}

    url_file: Path | None = None
    url_variable: Variable | None = None
    repeats: StrictBool = True
