"""How the gateway is guarded."""

import ipaddress
import re
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from runtime.settings import FromEnvironment

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_NAME: Final = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]")
"""A host as requests name it, without a port; an IPv6 address stands in brackets."""
_ORIGIN: Final = re.compile(rf"[a-z][a-z0-9+.-]*://(?:{_NAME.pattern})(?::\d+)?")
"""As browsers send it: without a path, and without a slash at its end."""


class SecuritySettings(FromEnvironment):
    """Who may ask, how much, and from where."""

    gateway_anonymous: Literal["auto", "none", "read"] = Field(
        default="auto",
        description="What may be done without a key: auto: everything where the gateway listens on loopback, and "
        "nothing elsewhere; none: nothing; read: looking on.",
    )
    gateway_hosts: str = Field(
        default="",
        description="Names that the gateway may be addressed by, with commas between, such as floodmark.example.com; "
        "empty: any, and on loopback only those of this machine.",
    )
    gateway_origins: str = Field(
        default="",
        description="Origins whose pages may ask from a browser (CORS), such as https://ops.example.com; empty: none "
        "but its own.",
    )
    gateway_trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8.",
    )
    gateway_reader_rate: int = Field(
        default=100, ge=1, description="Requests a minute of one address that reads without a key."
    )
    gateway_key_rate: int = Field(
        default=60_000, ge=1, description="Requests a minute of one key or token, and of one address that posts."
    )
    gateway_redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="redis:// or rediss:// address where gateways share their rate limits; empty: each counts for "
        "itself. Needs the package redis: pip install 'floodmark[redis]'.",
    )
    gateway_oidc_issuer: str = Field(
        default="", description="Issuer of JWT bearer tokens that are accepted, an https address; empty: none are."
    )
    gateway_oidc_audience: str = Field(default="", description="Audience that such a token must be for.")
    gateway_oidc_scope_prefix: str = Field(
        default="floodmark:",
        description="A token's scope claim holds the rights read, ingest, operate and admin with this before them.",
    )
    gateway_oidc_skew_s: int = Field(
        default=60, ge=0, le=600, description="How far the issuer's clock may be off, in seconds."
    )

    @field_validator("gateway_hosts")
    @classmethod
    def _are_names(cls, value: str) -> str:
        return _all_of(_NAME, value, "is no name of a host: write it without scheme, port and path")

    @field_validator("gateway_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        return _all_of(_ORIGIN, value, "is no origin: write scheme://HOST or scheme://HOST:PORT, as browsers do")

    @field_validator("gateway_redis_url")
    @classmethod
    def _is_of_redis(cls, url: SecretStr) -> SecretStr:
        # The address may hold a password: none of it is said.
        if url.get_secret_value() and not url.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("it has to begin with redis:// or rediss://")
        return url

    @field_validator("gateway_oidc_issuer")
    @classmethod
    def _is_safe(cls, issuer: str) -> str:
        url = urlsplit(issuer)
        if issuer and url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            raise ValueError("it has to begin with https://")
        if "@" in url.netloc:
            raise ValueError("it holds no name or password")
        return issuer

    @field_validator("gateway_trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for each in _split(value):
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValueError(f"{each!r} is no address or network") from None
        return value

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that the gateway may be addressed by, in lower case."""
        return tuple(each.lower() for each in _split(self.gateway_hosts))

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins whose pages may ask."""
        return tuple(_split(self.gateway_origins))

    @property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Networks of proxies that are believed."""
        return tuple(ipaddress.ip_network(each, strict=False) for each in _split(self.gateway_trusted_proxies))


def _split(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _all_of(form: re.Pattern[str], value: str, otherwise: str) -> str:
    """The value, each part of which has this form; raises ValueError with the part that has not."""
    for each in _split(value):
        if not form.fullmatch(each):
            raise ValueError(f"{each!r} {otherwise}")
    return value
