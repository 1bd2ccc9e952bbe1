"""What is common to the settings of channels: where a service is, and where its secrets lie.

A secret never stands in the routing file: the file names a file that holds it (`token_file`), or an environment
variable (`token_variable`). So the routing file can be checked, shown and kept in version control anywhere; the secrets
are read when a channel is opened.
"""

import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self

import httpx
import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from sinks.http.addresses import Resolve, resolve

log = structlog.get_logger(__name__)
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
MAX_SECRET: Final = 4_096
MAX_FILE: Final = 65_536
"""More of a file is not read: it may be a device that has no end."""


class ChannelMisconfigured(Exception):
    """A channel cannot be opened; the message says what to change, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What channels stand on.

    Args:
        variables: The environment.
        wall_s: Epoch seconds.
        resolver: Looks host names up.
    """

    variables: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    wall_s: Callable[[], float] = time.time
    resolver: Resolve = resolve


class ChannelSettings(BaseModel):
    """A kind's own keys of a `[[channel]]` table; none of them is a secret.

    A secret `token` has the keys `token_file` and `token_variable`, of which one is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    SECRETS: ClassVar[Mapping[str, bool]] = {}
    """Name of each secret, and whether there must be one."""

    @model_validator(mode="after")
    def _each_secret_has_one_place(self) -> Self:
        for name, is_needed in self.SECRETS.items():
            given = [place for place in (f"{name}_file", f"{name}_variable") if getattr(self, place) is not None]
            if len(given) > 1:
                raise ValueError(f"{name}_file and {name}_variable are both given; leave one out")
            if is_needed and not given:
                raise ValueError(f"{name}_file or {name}_variable is missing; one of them says where the secret lies")
        return self

    def secrets(self, name: str, ground: Ground, most: int = 1) -> tuple[str, ...]:
        """The lines of the file, or the value of the variable; none where neither is named.

        Raises:
            ChannelMisconfigured: it cannot be read, is empty, too long, or has more than `most` lines.
        """
        file: Path | None = getattr(self, f"{name}_file")
        variable: str | None = getattr(self, f"{name}_variable")
        if file is None and variable is None:
            return ()
        if variable is not None:
            place, text = f"{name}_variable: {variable}", ground.variables.get(variable, "")
            if not text.strip():
                raise ChannelMisconfigured(f"{place} is not set, or empty")
        else:
            assert file is not None
            place, text = f"{name}_file: {file}", _read(f"{name}_file", file)
        lines = tuple(line.strip() for line in text.splitlines() if line.strip())
        if not 1 <= len(lines) <= most:
            raise ChannelMisconfigured(f"{place} has to hold one secret" + f" a line, {most} at most" * (most > 1))
        if any(len(line) > MAX_SECRET or not all(" " <= sign <= "~" for sign in line) for line in lines):
            raise ChannelMisconfigured(f"{place} holds what no secret has: other characters than ASCII, or too many")
        return lines

    def secret(self, name: str, ground: Ground) -> str:
        """The one secret of that name; see `secrets`. Empty where there need be none."""
        return next(iter(self.secrets(name, ground)), "")


@cache
def _system_tls() -> ssl.SSLContext:
    """One for all channels: reading the system's authorities takes longer than all else."""
    return ssl.create_default_context()


def _read(key: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_FILE).decode()
            is_shared = bool(os.fstat(opened.fileno()).st_mode & 0o077)
    except OSError as error:
        raise ChannelMisconfigured(f"{key}: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ChannelMisconfigured(f"{key}: {file} is not a text") from None
    except ValueError:
        raise ChannelMisconfigured(f"{key}: {str(file)!r} is no name that a file can have") from None
    if is_shared:
        log.warning("secret_file_is_shared", setting=key, file=str(file))
    return text


def checked_url(text: str) -> str:
    """The URL, which may be shown or not; raises `ValueError` with a message that does not hold it."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ValueError("must be a URL, like https://HOST/PATH") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("must begin with https:// and name a host")
    if url.userinfo:
        raise ValueError("must hold neither name nor password: secrets have places of their own")
    return text


Url = Annotated[str, AfterValidator(checked_url)]
"""A field of this type has `repr=False`: somebody may write a token into it."""


class HttpSettings(ChannelSettings):
    """Of a service that is reached over HTTP.

    Args:
        allow_http: Permit a URL without TLS.
        allow_private: Permit addresses that are not public.
        ca_file: Certificate authorities that are trusted in place of the system's.
    """

    allow_http: StrictBool = False
    allow_private: StrictBool = False
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        url = getattr(self, "url", None)
        if url is not None and not self.allow_http and httpx.URL(url).scheme == "http":
            raise ValueError("url is not https; allow_http = true permits that")
        return self

    def tls(self) -> ssl.SSLContext:
        """How the server is verified; raises `ChannelMisconfigured`."""
        if self.ca_file is None:
            return _system_tls()
        try:
            return ssl.create_default_context(cafile=str(self.ca_file))
        except (OSError, ssl.SSLError) as error:
            why = getattr(error, "strerror", None) or "it holds no certificate"
            raise ChannelMisconfigured(f"ca_file: {self.ca_file} cannot be used: {why}") from None
        except ValueError:
            raise ChannelMisconfigured(f"ca_file: {str(self.ca_file)!r} is no name that a file can have") from None
