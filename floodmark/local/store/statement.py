"""Reading a statement as far as an HTTP server must: where an INSERT ends and its data begin, which format is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from floodmark.queries.errors import StoreError

TOKEN: Final = re.compile(
    rb"""
    (?P<space>\s++|--[^\n]*+|\#[ !][^\n]*+|/\*(?>.*?(?:\*/|\Z)))
    |(?P<string>'(?:[^'\\]++|\\.)*+(?:'|\\?\Z))
    |(?P<quoted>`(?:[^`\\]++|\\.)*+(?:`|\\?\Z)|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))
    |(?P<heredoc>\$\w*+\$)
    |(?P<word>[A-Za-z_][A-Za-z0-9_$]*+)
    |(?P<number>[0-9][A-Za-z0-9_.]*+)
    |(?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
"""What is not closed reaches to the end, and nothing is given back once it is taken: so every byte is looked at a
bounded number of times, whatever the text is. (A doubled quote is two strings side by side, which is as good here.)"""
MAX_UNCLOSED: Final = 16
"""Beginnings of a heredoc whose end is looked for in vain; each costs one look at the rest of the text."""
QUOTED: Final = rb"""'(?:[^'\\]++|\\.)*+(?:'|\\?\Z)|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|--[^\n]*+|/\*(?>.*?(?:\*/|\Z))"""
"""What can hold the look of SQL without being SQL: strings, quoted names, comments."""
BACKTICKS: Final = rb"`(?:[^`\\]++|\\.)*+(?:`|\\?\Z)"
FORMAT: Final = re.compile(
    QUOTED + rb"|" + BACKTICKS + rb"|\bFORMAT\s++(?P<name>[A-Za-z]\w*+)|\w++", re.DOTALL | re.IGNORECASE
)
CALL: Final = re.compile(QUOTED + rb"|(?P<name>" + BACKTICKS + rb"|\w++)\s*+\(|" + BACKTICKS + rb"|\w++", re.DOTALL)
AFTER_FORMAT: Final = re.compile(rb"[ \t\f]*\r?\n?")
HEREDOC: Final = re.compile(rb"\$\w*+\$")
MAX_HEREDOCS: Final = 1000
"""What looks like the beginning of a heredoc; for each that has no end the engine looks at all that follows, which for
as many as fit into a statement takes half a minute."""
MAX_DATA: Final = 262_144
"""Bytes of a statement, without the data of an INSERT (ClickHouse's `max_query_size`)."""


class StatementKind(Enum):
    """What a statement is for: the label of a metric."""

    READ = "read"
    SHOW = "show"
    INSERT = "insert"
    DEFINE = "define"
    OTHER = "other"


KINDS: Final = {
    **dict.fromkeys(("SELECT", "WITH", "FROM", "("), StatementKind.READ),
    **dict.fromkeys(("SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK"), StatementKind.SHOW),
    "INSERT": StatementKind.INSERT,
    **dict.fromkeys(
        ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "OPTIMIZE", "ATTACH", "DETACH"), StatementKind.DEFINE
    ),
}


@dataclass(frozen=True, slots=True)
class SqlToken:
    """A piece of SQL that is neither space nor comment; `start` and `end` are byte offsets, half-open."""

    kind: str
    text: bytes
    start: int
    end: int

    @property
    def keyword(self) -> str:
        """The text in upper case, as keywords compare; quoted names and strings are no keywords."""
        return self.text.decode("latin-1").upper() if self.kind in ("word", "other") else ""


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT whose data follow.

    Args:
        head: The statement up to SETTINGS, FORMAT or VALUES, whichever comes first.
        settings: Its SETTINGS clause; empty without one.
        format: The format of the data.
        data_at: Where the data begin, in bytes.
    """

    head: bytes
    settings: bytes
    format: str
    data_at: int

    def reading(self, path: str) -> bytes:
        """The same statement with the data in a file. A line break keeps a comment in the head to itself."""
        source = f"\nFROM INFILE '{path}' COMPRESSION 'none'\n".encode()
        return self.head + source + self.settings + f"\nFORMAT {self.format}".encode()


@dataclass(frozen=True, slots=True)
class FormatClause:
    """A FORMAT clause at the end of a query: its name and where it stands (bytes, half-open)."""

    name: str
    start: int
    end: int


def tokens(sql: bytes) -> Iterator[SqlToken]:
    """The tokens of `sql`, in order. Any byte sequence is accepted: what is no SQL becomes single bytes."""
    at, unclosed = 0, 0
    while (match := TOKEN.match(sql, at)) is not None:
        at, kind = match.end(), match.lastgroup or "other"
        if kind == "heredoc":
            found = sql.find(match[0], at) if unclosed < MAX_UNCLOSED else -1
            unclosed += found < 0
            at, kind = (match.start() + 1, "other") if found < 0 else (found + len(match[0]), "string")
        if kind != "space":
            yield SqlToken(kind, sql[match.start() : at], match.start(), at)


def check_heredocs(sql: bytes) -> None:
    """Refuse what the engine would look at for too long, before it does.

    Raises:
        StoreError: 62 when there are more beginnings of a heredoc than anybody writes.
    """
    if sql.count(b"$") > MAX_HEREDOCS and len(HEREDOC.findall(sql)) > MAX_HEREDOCS:
        raise StoreError(
            62, "SYNTAX_ERROR", f"Syntax error: it has more than {MAX_HEREDOCS:,} beginnings of a heredoc ($name$)"
        )


def kind_of(sql: bytes) -> StatementKind:
    """What the statement is for, judged by its first word."""
    first = next(tokens(sql), None)
    return StatementKind.OTHER if first is None else KINDS.get(first.keyword, StatementKind.OTHER)


def insert_with_data(sql: bytes) -> Insert | None:
    """The head of an INSERT that is followed by its data, or None when `sql` is anything else.

    `sql` may be the start of a longer stream, as long as the data begin inside it. One line break after the
    name of the format belongs to the statement; every byte after it is data.

    Raises:
        StoreError: data are to come from a file of the server.
    """
    head_ends: int | None = None

    stream = tokens(sql)
    first = next(stream, None)
    if first is None or first.keyword != "INSERT":
        return None
    depth, before, clause = 0, first, first
    for token in stream:
        keyword = token.keyword
        depth += (keyword in ("(", "[")) - (keyword in (")", "]"))
        named = before.keyword in (".", "INTO", "TABLE", "INSERT")
        if depth == 0 and not named:
            if clause.keyword == "FORMAT" and token.kind == "word":
                data_at = token.end + len(AFTER_FORMAT.match(sql, token.end)[0])  # type: ignore[index]  # matches ""
                ends = clause.start if head_ends is None else head_ends
                return Insert(sql[:ends], sql[ends : clause.start], token.text.decode(), data_at)
            if keyword == "VALUES":
                ends = token.start if head_ends is None else head_ends
                return Insert(sql[:ends], sql[ends : token.start], "Values", token.end)
            if before.keyword == "FROM" and keyword == "INFILE":
                raise not_served("INSERT FROM INFILE")
            if keyword in ("SELECT", "WITH"):
                return None
            if keyword == "SETTINGS" and head_ends is None:
                head_ends = token.start
        before, clause = token, (first if named else token)
    return None


def format_clause(sql: bytes) -> FormatClause | None:
    """The FORMAT clause that ends a query (SETTINGS and semicolons may follow), or None."""
    last = None
    for match in FORMAT.finditer(sql):
        last = match if match["name"] else last
    if last is None:
        return None
    after = next(tokens(sql[last.end() :]), None)
    if after is not None and after.keyword not in (";", "SETTINGS"):
        return None
    return FormatClause(last["name"].decode(), last.start(), last.end())


def not_served(what: str) -> StoreError:
    """The error for an INSERT whose data do not come as the body of the request, and would be lost or foreign."""
    return StoreError(344, "SUPPORT_IS_DISABLED", f"{what} is not served: send the data in the body")


def files_written(sql: bytes) -> int:
    """How many files of the server the statement writes (INTO OUTFILE)."""
    return _pairs(sql, "INTO", "OUTFILE")


def files_read(sql: bytes) -> int:
    """How many files of the server the statement takes its data from (FROM INFILE)."""
    return _pairs(sql, "FROM", "INFILE")


def _pairs(sql: bytes, first: str, second: str) -> int:
    words = [token.keyword for token in tokens(sql)]
    return sum(pair == (first, second) for pair in pairwise(words))


def settings_named(sql: bytes) -> set[str]:
    """Lower-case names of all settings that a statement sets, at any depth: by SETTINGS, SETTING and SET."""
    found: set[str] = set()
    stream = list(tokens(sql))
    depth, open_at = 0, -1
    for index, token in enumerate(stream):
        keyword = token.keyword
        depth += (keyword in ("(", "[", "{")) - (keyword in (")", "]", "}"))
        if open_at > depth:
            open_at = -1
        starts = keyword in ("SETTINGS", "SETTING") or (index == 0 and keyword == "SET")
        if not starts and not (keyword == "," and depth == open_at):
            continue
        name, equals = (*stream[index + 1 : index + 3], None, None)[:2]
        if name is not None and equals is not None and equals.keyword == "=" and name.kind in ("word", "quoted"):
            found.add(_name(name))
            open_at = depth
    return found


def engines_named(sql: bytes) -> set[str]:
    """The names of all engines that a definition asks for (`ENGINE = name`).

    No engine is named by a string: `engine = 'View'` compares a column. With anything else it may be either.
    """
    stream = list(tokens(sql))
    triples = zip(stream, stream[1:], stream[2:], strict=False)
    asked = (c for a, b, c in triples if a.keyword == "ENGINE" and b.keyword == "=" and c.kind != "string")
    return {_name(name, lower=False) for name in asked}


def tables_named(sql: bytes, databases: frozenset[str]) -> set[str]:
    """The lower-case names that stand behind one of these databases and a dot."""
    stream = list(tokens(sql))
    triples = zip(stream, stream[1:], stream[2:], strict=False)
    return {_name(c) for a, b, c in triples if b.keyword == "." and _name(a) in databases}


def names(sql: bytes) -> set[str]:
    """All words and quoted names of a statement, in lower case."""
    return {_name(token) for token in tokens(sql) if token.kind in ("word", "quoted")}


def takes_all_columns(canonical: bytes) -> bool:
    """Whether a query takes columns that it does not name: by COLUMNS, or an asterisk that is no product and no count.

    The engine has formatted the query itself.
    """
    stream: list[SqlToken | None] = [None, None, *tokens(canonical), None]
    for first, before, token, after in zip(stream, stream[1:], stream[2:], stream[3:], strict=False):
        if token is None:
            break
        is_count = before is not None and before.keyword == "(" and first is not None and _name(first) == "count"
        is_product = before is not None and (
            before.kind in ("quoted", "number", "string")
            or before.keyword in (")", "]")
            or (before.kind == "word" and before.keyword not in ("SELECT", "DISTINCT"))
        )
        if token.keyword == "*" and not (is_product or is_count):
            return True
        if token.keyword == "COLUMNS" and after is not None and after.keyword in ("(", "APPLY", "EXCEPT", "REPLACE"):
            return True
    return False


def identifiers_asked(sql: bytes) -> set[str]:
    """The names of the parameters that stand for identifiers (`{name:Identifier}`)."""
    stream = list(tokens(sql))
    triples = zip(stream, stream[1:], stream[2:], strict=False)
    return {_name(a, lower=False) for a, b, c in triples if b.keyword == ":" and c.keyword == "IDENTIFIER"}


def _name(token: SqlToken, *, lower: bool = True) -> str:
    text = token.text.decode("utf-8", "replace").strip('`"')
    return text.lower() if lower else text


def called_names(canonical: bytes) -> set[str]:
    """Lower-case names of all functions and table functions in a query that the engine has formatted itself."""
    found = (match["name"] for match in CALL.finditer(canonical))
    return {name.strip(b"`").decode("utf-8", "replace").lower() for name in found if name}
