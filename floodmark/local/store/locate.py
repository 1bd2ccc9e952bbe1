"""Finding the running store of a data directory."""

import http.client
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from floodmark.local.store.paths import StorePaths
from floodmark.local.store.users import OWNER, READER, CredentialsError, Users
from floodmark.queries.ask import DATABASE

PING_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running store: where it listens, its process, and its users' passwords (which never show in its `repr`)."""

    host: str
    port: int
    pid: int
    password: str = field(repr=False)
    reader_password: str = field(repr=False)

    @property
    def url(self) -> str:
        """`http://HOST:PORT`."""
        return f"http://{self.host}:{self.port}"

    @property
    def dsn(self) -> str:
        """For clickhouse-connect, as the user that writes."""
        return f"clickhousedb://{OWNER}:{self.password}@{self.host}:{self.port}/{DATABASE}"

    @property
    def reader_dsn(self) -> str:
        """For clickhouse-connect, as the user that only reads, with limits."""
        return f"clickhousedb://{READER}:{self.reader_password}@{self.host}:{self.port}/{DATABASE}"


def endpoint(data_dir: Path) -> Endpoint | None:
    """The store that runs on a data directory, or None when none answers there within 2 seconds.

    Raises:
        CredentialsError: one runs, but this user cannot read its passwords.
    """
    paths = StorePaths.under(data_dir)
    try:
        content = json.loads(paths.endpoint.read_text("utf-8"))
        host, port, pid, instance = (
            str(content["host"]),
            int(content["port"]),
            int(content["pid"]),
            str(content["instance"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not _answers(host, port, instance):
        return None
    users = Users.load(paths.credentials)
    return Endpoint(host, port, pid, users.password(OWNER), users.password(READER))


def _answers(host: str, port: int, instance: str) -> bool:
    """Whether this very store is there: another program may have got the port of one that was killed."""
    connection = http.client.HTTPConnection(host, port, timeout=PING_S)
    try:
        connection.request("GET", "/ping")
        response = connection.getresponse()
        return response.status == 200 and response.headers.get("x-floodmark-instance") == instance
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


__all__ = ["CredentialsError", "Endpoint", "endpoint"]
