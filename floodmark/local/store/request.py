"""An HTTP request, read as ClickHouse's HTTP interface reads it."""

import asyncio
import base64
import binascii
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from types import MappingProxyType
from typing import IO, Final

from starlette.requests import Request as HttpRequest

from floodmark.local.store.coding import choose
from floodmark.local.store.engine import DATABASE
from floodmark.local.store.limits import NAME
from floodmark.local.store.users import OWNER, READER, Users
from floodmark.queries.errors import StoreError
from schemas.shown import shown

SILENT_S: Final = 20.0
"""A body may stop for this long; a reader's must be there as a whole in this time."""

MAX_BODY: Final = MappingProxyType({OWNER: 256 << 20, READER: 1 << 20})
"""Bytes of a request body as it is sent. A reader sends no data, only statements."""
MAX_FORM: Final = 1 << 20
IN_MEMORY: Final = 8 << 20
"""Larger bodies wait on disk."""

TRANSPORT: Final = frozenset(
    {
        "user",
        "password",
        "query",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "enable_http_compression",
        "quota_key",
        "client_protocol_version",
        "role",
        "stacktrace",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "add_http_cors_header",
        "cancel_http_readonly_queries_on_client_close",
    }
)
"""Parameters that speak to the HTTP interface and not to the engine. There are no sessions and no roles here."""
OWN_COMPRESSION: Final = (
    "ClickHouse's own block compression (compress=1, decompress=1) is not served: "
    "use Content-Encoding and enable_http_compression=1"
)


@dataclass(frozen=True, slots=True)
class Request:
    """A query to run.

    Args:
        user: Who asks, authenticated.
        text: The `query` parameter; the statement goes on in the body.
        body: The body as it was sent, at its start.
        content_coding: How it is compressed; empty for not.
        database: Where unqualified names are looked up.
        output_format: The format of a result whose query names none.
        params: Values for `{name:Type}`, in ClickHouse's escaped text form.
        settings: The engine's settings, as asked.
        reads_only: It came with GET, which may not change anything.
        waits: Nothing is sent before the end is known, as far as memory allows.
        query_id: The client's, as a header can hold it, or one of ours.
        coding: How to compress the response; empty for not.
    """

    user: str
    text: bytes
    body: IO[bytes]
    content_coding: str
    database: str
    output_format: str
    params: Mapping[str, str]
    settings: Mapping[str, str]
    reads_only: bool
    waits: bool
    query_id: str
    coding: str


async def read_request(http: HttpRequest, user: str) -> Request:
    """Receive the body of a request of this user, and sort the parameters.

    Raises:
        StoreError: a body above the limit (307) or too slow (209), something that is not served (48, 344).
        ClientDisconnect: the client went away.
    """
    given = dict(http.query_params.multi_items())
    body = await _received(http, user)
    if http.headers.get("content-type", "").startswith("multipart/form-data"):
        given |= await asyncio.to_thread(_form, http.headers["content-type"], body)
        body = tempfile.SpooledTemporaryFile()  # noqa: SIM115  # closed with the request
    if "1" in (given.get("compress"), given.get("decompress")):
        raise StoreError(344, "SUPPORT_IS_DISABLED", OWN_COMPRESSION)
    settings = {key: value for key, value in given.items() if key not in TRANSPORT and not key.startswith("param_")}
    for key in settings:
        if not NAME.fullmatch(key):
            raise StoreError(115, "UNKNOWN_SETTING", f"Unknown setting '{key}'")
    wants_coding = given.get("enable_http_compression") in ("1", "true")
    return Request(
        user=user,
        text=given.get("query", "").encode("utf-8", "surrogateescape"),
        body=body,
        content_coding=http.headers.get("content-encoding", ""),
        database=given.get("database") or http.headers.get("x-clickhouse-database") or DATABASE,
        output_format=given.get("default_format") or http.headers.get("x-clickhouse-format") or "TabSeparated",
        params={key[6:]: value for key, value in given.items() if key.startswith("param_")},
        settings=settings,
        reads_only=http.method == "GET",
        waits=given.get("wait_end_of_query") in ("1", "true"),
        query_id=shown(given.get("query_id", ""), keep="").strip() or str(uuid.uuid4()),
        coding=choose(http.headers.get("accept-encoding", "")) if wants_coding else "",
    )


def authenticated(http: HttpRequest, users: Users) -> str:
    """Whoever the request says it is: headers first, then Basic, then parameters. Its body is not touched.

    Raises:
        StoreError: there is no such user, or the password is wrong (516).
    """
    headers, given = http.headers, http.query_params
    if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
        return users.authenticate(headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", ""))
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = password = ""
        return users.authenticate(name, password)
    return users.authenticate(given.get("user", "default"), given.get("password", ""))


async def _received(http: HttpRequest, user: str) -> IO[bytes]:
    limit = MAX_BODY[user]
    too_large = StoreError(307, "TOO_MANY_BYTES", f"The body is larger than {limit} bytes: send it in parts.")
    announced = http.headers.get("content-length", "0")
    if announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
        raise too_large
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed with the request
    size, loop = 0, asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SILENT_S) as patience:
            async for chunk in http.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large
                body.write(chunk)
                if user == OWNER:
                    patience.reschedule(loop.time() + SILENT_S)
    except BaseException as error:
        body.close()
        if isinstance(error, TimeoutError):
            raise StoreError(209, "SOCKET_TIMEOUT", f"The body did not come within {SILENT_S:g} s.") from None
        raise
    body.seek(0)
    return body


def _form(content_type: str, body: IO[bytes]) -> dict[str, str]:
    """The fields of a form: the query and its parameters, as clients send them when an URL would get too long."""
    with body:
        raw = body.read(MAX_FORM + 1)
    if len(raw) > MAX_FORM:
        raise StoreError(
            307, "TOO_MANY_BYTES", f"The form is larger than {MAX_FORM} bytes: send the query as the body."
        )
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    fields = {}
    for part in BytesParser(policy=policy.HTTP).parsebytes(head + raw).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename() is not None or not isinstance(name, str) or not isinstance(content, bytes):
            raise StoreError(48, "NOT_IMPLEMENTED", "External tables are not served: insert the rows into a table.")
        fields[name] = content.decode("utf-8", "surrogateescape")
    return fields
