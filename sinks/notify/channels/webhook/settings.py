"""What the channel webhook needs to know."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from sinks.notify.channels.settings import ChannelMisconfigured, Ground, HttpSettings, Url, Variable, checked_url


class WebhookChannelSettings(HttpSettings):
    """Where to.

    Args:
        url: The endpoint, where no token is part of it.
        url_file: Holds the URL, where one is.
        url_variable: The same in an environment variable.
        secret_file: Holds what requests are signed with: one secret, or the new and the old one on two lines.
        secret_variable: The same in an environment variable.
    """

    SECRETS: ClassVar[Mapping[str, bool]] = {"url": False, "secret": False}

    url: Url | None = Field(default=None, repr=False)
    url_file: Path | None = None
    url_variable: Variable | None = None
    secret_file: Path | None = None
    secret_variable: Variable | None = None

    @model_validator(mode="after")
    def _url_has_one_place(self) -> Self:
        if sum(place is not None for place in (self.url, self.url_file, self.url_variable)) != 1:
            raise ValueError(
                "one of url, url_file and url_variable must be given; url only where no token is part of it"
            )
        return self

    def whole_url(self, ground: Ground) -> str:
        """Where to, wherever it stands; raises `ChannelMisconfigured`."""
        if self.url is not None:
            return self.url
        try:
            url = checked_url(self.secret("url", ground))
        except ValueError as error:
            raise ChannelMisconfigured(f"the url {error}") from None
        if url.startswith("http://") and not self.allow_http:
            raise ChannelMisconfigured("the url is not https; allow_http = true permits that")
        return url
