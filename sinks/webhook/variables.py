"""The variables of the sink webhook."""

from typing import Final

from pydantic import Field, SecretStr, field_validator

from runtime.settings import FromEnvironment

_NONE: Final = SecretStr("")


class WebhookVariables(FromEnvironment):
    """Where alerts are posted to; both are secret, as a URL often holds a token."""

    webhook_url: SecretStr = Field(
        default=_NONE, description="Where `floodmark sink webhook` sends to: https://HOST/PATH."
    )
    webhook_secret: SecretStr = Field(
        default=_NONE, description="Secret that requests of `floodmark sink webhook` are signed with."
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if text and text.partition("://")[0].lower() not in ("http", "https"):
            raise ValueError("it has to begin with https://")
        return url
