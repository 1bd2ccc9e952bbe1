"""The secrets that services sign with."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from pydantic import Field, SecretStr

from runtime.exits import Misused
from runtime.settings import FromEnvironment, variable
from sinks.notify.channels.settings import ChannelMisconfigured, ChannelSettings, Ground

MAX_SECRETS: Final = 10
"""Secrets of one service: each webhook subscription has its own, and one that changes has two."""


class IntegrationSettings(FromEnvironment):
    """Who may answer for people from where they were told. Without its secret a service is answered by nobody."""

    gateway_slack_secret: SecretStr = Field(
        default=SecretStr(""), description="Signing secret of the Slack app whose buttons people press; empty: none."
    )
    gateway_slack_secret_file: Path | None = Field(
        default=None, description="File that holds it, in place of the variable; two lines while it changes."
    )
    gateway_pagerduty_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret of the PagerDuty webhook subscription (V3); empty: none."
    )
    gateway_pagerduty_secret_file: Path | None = Field(
        default=None, description="File that holds it, in place of the variable; a line for each subscription."
    )

    def secrets(self, service: str) -> tuple[bytes, ...]:
        """Those of `slack` or `pagerduty`; none where nothing is set.

        Raises:
            Misused: both places are set, or the file cannot be used; no secret is in it.
        """
        field = f"gateway_{service}_secret"
        given: SecretStr = getattr(self, field)
        file: Path | None = getattr(self, f"{field}_file")
        text = given.get_secret_value().strip()
        if file is None:
            return (text.encode(),) if text else ()
        named = variable(f"{field}_file")
        if text:
            raise Misused(f"{variable(field)} is set as well; leave one out", named)
        try:
            lines = _Secrets(secret_file=file).secrets("secret", Ground(), MAX_SECRETS)
        except ChannelMisconfigured as error:
            raise Misused(str(error).removeprefix("secret_file: "), named) from None
        return tuple(line.encode() for line in lines)


class _Secrets(ChannelSettings):
    """A file of secrets, read and looked at as those of channels are."""

    SECRETS: ClassVar[Mapping[str, bool]] = {"secret": True}

    secret_file: Path | None = None
    secret_variable: str | None = None
