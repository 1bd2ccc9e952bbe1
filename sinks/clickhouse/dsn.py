"""The address of a store, read once and in one way for whatever connects to it.

    clickhouse://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE&…

`clickhouse`, `clickhousedb` and `http` speak HTTP (port 8123), `clickhouses` and `https` speak TLS (port 8443), and so
does any of them with `secure=true`. `OPTIONS` lists the options. Names and passwords are percent-encoded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

PLAIN: Final = frozenset({"clickhouse", "clickhousedb", "http"})
TLS: Final = frozenset({"clickhouses", "https"})
TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"0", "false", "no", "off"})
COMPRESSIONS: Final = ("lz4", "zstd", "gzip", "deflate")


class DsnError(ValueError):
    """A DSN cannot be used; the message says why and what to write, without names and passwords."""


@dataclass(frozen=True, slots=True)
class Dsn:
    """A store's address.

    Args:
        host: Name or address, an IPv6 one without brackets.
        port: Its port.
        secure: Whether TLS is spoken.
        username: Who we are; empty for the server's default.
        password: Its password.
        database: The database; empty when none is named.
        options: What clickhouse-connect is told besides.
    """

    host: str
    port: int
    secure: bool
    username: str
    password: str = field(repr=False)
    database: str
    options: Mapping[str, Any]

    @property
    def place(self) -> str:
        """`HOST:PORT`, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def arguments(self, **defaults: Any) -> dict[str, Any]:
        """The arguments of `clickhouse_connect.get_client`; what the DSN says itself wins over `defaults`."""
        return {
            "host": self.host,
            "port": self.port,
            "interface": "https" if self.secure else "http",
            "username": self.username or None,
            "password": self.password,
            **({"database": self.database} if self.database else {}),
            **defaults,
            **self.options,
        }


def parse(dsn: str) -> Dsn:
    """Read a DSN.

    Raises:
        DsnError: it is none, or one of its options is unknown or has a value that it cannot have.
    """
    try:
        parts = urlsplit(dsn.strip())
        port = parts.port
    except ValueError:  # its text may hold a part of the password
        raise DsnError(
            "the DSN cannot be read: the port is no number up to 65535, or a name or password has a character "
            "that must be written otherwise (/ as %2F, # as %23, [ as %5B)"
        ) from None
    if parts.scheme not in PLAIN | TLS:
        raise DsnError(
            f"the DSN begins with {parts.scheme + '://' if parts.scheme else 'no scheme'}: "
            "write clickhouse://HOST:PORT/DATABASE, or clickhouses:// for TLS"
        )
    if parts.fragment:
        raise DsnError("the DSN has a # in it: write %23 in a name or password")
    if not parts.hostname:
        raise DsnError("the DSN names no host: write clickhouse://HOST:PORT/DATABASE")
    options = _options(parts.query)
    secure = options.pop("secure", parts.scheme in TLS)
    if parts.scheme in TLS and not secure:
        raise DsnError(f"the DSN says {parts.scheme}:// and secure=false: write clickhouse:// for a server without TLS")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if options.get("client_cert") and not secure:
        raise DsnError("the DSN has a client_cert, which is shown only over TLS: write clickhouses://")
    if options.get("client_cert") and not username:
        raise DsnError("the DSN has a client_cert and no user: write clickhouses://USER@HOST:PORT/DATABASE")
    named = [unquote(name) for name in parts.path.split("/") if name]
    if len(named) > 1:
        raise DsnError("the DSN names more than one database: write one name behind the port, and %2F for a / in it")
    database = named[0] if named else str(options.get("database", ""))
    options.pop("database", None)
    return Dsn(
        host=parts.hostname,
        port=port or (8443 if secure else 8123),
        secure=secure,
        username=username or ("default" if password else ""),
        password=password,
        database=database,
        options=options,
    )


def _options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in OPTIONS:
            hint = "; name and password stand before the @" if name in ("user", "username", "password") else ""
            raise DsnError(f"the DSN has an option {name} that is not known{hint}. There are: {', '.join(OPTIONS)}")
        if name in options:
            raise DsnError(f"the DSN has the option {name} twice")
        try:
            options[name] = OPTIONS[name](value)
        except ValueError as error:
            raise DsnError(f"the DSN's option {name} {error}") from None
    if "compression" in options:
        options.setdefault("compress", options.pop("compression"))
    return options


def _flag(value: str) -> bool:
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise ValueError("must be true or false")


def _seconds(value: str) -> int:
    if value.isascii() and value.isdigit() and 0 < int(value[:9]) <= 86_400 and len(value) < 9:
        return int(value)
    raise ValueError("must be whole seconds from 1 to 86400")


def _file(value: str) -> str:
    if Path(value).is_file():
        return value
    raise ValueError(f"names a file that is not there: {value}")


def _certificates(value: str) -> str:
    return value if value == "certifi" else _file(value)


def _compression(value: str) -> bool | str:
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    if value in COMPRESSIONS:
        return value
    raise ValueError(f"must be true, false or one of {', '.join(COMPRESSIONS)}")


def _text(value: str) -> str:
    if value:
        return value
    raise ValueError("is empty")


OPTIONS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "secure": _flag,
        "verify": _flag,
        "ca_cert": _certificates,
        "client_cert": _file,
        "client_cert_key": _file,
        "server_host_name": _text,
        "connect_timeout": _seconds,
        "send_receive_timeout": _seconds,
        "compress": _compression,
        "compression": _compression,
        "http_proxy": _text,
        "https_proxy": _text,
        "proxy_path": _text,
        "client_name": _text,
        "database": _text,
    }
)
"""What may stand behind the `?`, and how each value is read."""
