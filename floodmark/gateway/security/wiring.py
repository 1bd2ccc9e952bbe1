"""Puts together what guards the gateway, from settings."""

from floodmark.gateway.security.access import Gate, anonymous_of, names_of
from floodmark.gateway.security.api_keys import KeyRing
from floodmark.gateway.security.origins import is_loopback
from floodmark.gateway.security.rates import rates_at
from floodmark.gateway.security.settings import SecuritySettings
from floodmark.gateway.security.tokens import Issuer, Tokens
from runtime.exits import Misused


def gate_of(settings: SecuritySettings, host: str, ring: KeyRing) -> Gate:
    """Who is let in.

    Args:
        settings: How.
        host: The address that the gateway listens on.
        ring: The API keys.

    Raises:
        Misused: What is set does not go together, or cannot be used.
    """
    on_loopback = is_loopback(host)
    anonymous = anonymous_of(settings.gateway_anonymous, on_loopback=on_loopback)
    return Gate(
        ring,
        rates_at(settings.gateway_redis_url.get_secret_value()),
        anonymous,
        _tokens(settings),
        names_of(host, settings.hosts, is_open=on_loopback and settings.gateway_anonymous == "auto"),
        settings.origins,
        settings.proxies,
        settings.gateway_reader_rate,
        settings.gateway_key_rate,
    )


def _tokens(settings: SecuritySettings) -> Tokens | None:
    if not settings.gateway_oidc_issuer:
        return None
    if not settings.gateway_oidc_audience:
        raise Misused(
            "an issuer needs an audience: without one, tokens for anybody would be accepted",
            "FLOODMARK_GATEWAY_OIDC_AUDIENCE",
        )
    return Tokens(
        Issuer(
            settings.gateway_oidc_issuer,
            settings.gateway_oidc_audience,
            settings.gateway_oidc_scope_prefix,
            settings.gateway_oidc_skew_s,
        )
    )
