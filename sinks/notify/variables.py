"""The variables of the notifier."""

from pydantic import Field, field_validator

from runtime.settings import FromEnvironment


class NotifyVariables(FromEnvironment):
    """Who is told, and where people look."""

    routes: str = Field(default="", description="The routing file of `floodmark sink notify`.")
    page_url: str = Field(
        default="", description="Where the live page is, https://HOST: messages of `floodmark sink notify` link to it."
    )

    @field_validator("page_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and url.partition("://")[0].lower() not in ("http", "https"):
            raise ValueError("it has to begin with https://")
        return url
