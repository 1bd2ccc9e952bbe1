"""A transaction record: what anyone with a Kafka client may publish to the transactions topic."""

import re
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from schemas.words import MAX_WORD, WORD_PATTERN, word_of

EARLIEST_MS: Final = 946_684_800_000
"""2000-01-01T00:00:00Z. An older instant is taken for a unit mix-up (seconds for milliseconds)."""
LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01T00:00:00Z, exclusive."""
MAX_COUNT: Final = 1_000_000_000
"""The largest `count` of one record, inclusive."""
MAX_AMOUNT: Final = 1_000_000_000_000
"""The largest `amount` of one record in minor units, inclusive."""
LEAST_CODE: Final = 10
"""The smallest auth code that may be a number: a smaller one may have lost a zero in front, and 0 is not 00."""
MAX_CODE: Final = 999_999_999_999_999
"""The largest one, inclusive: every reader of JSON has it exactly."""


def _is_word(text: str) -> str:
    if word_of(text) is None:
        raise ValueError(f"a word has at most {MAX_WORD} characters, and one of them can be seen")
    return text


Word = Annotated[str, Field(min_length=1, max_length=MAX_WORD, pattern=WORD_PATTERN), AfterValidator(_is_word)]
"""A status, auth code or scope as it may be written; `schemas.words.plain` says what it is compared as."""


def whole(value: object) -> object:
    """`1.0` is 1, as JSON Schema says; all else is left as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def code(value: object) -> object:
    """An auth code that is a number, as its digits; all else is left as it is."""
    number = whole(value)
    fits = isinstance(number, int) and not isinstance(number, bool) and LEAST_CODE <= number <= MAX_CODE
    return str(number) if fits else value


class _OrNumber:
    """Adds the numbers that `code` takes to the JSON Schema of a word."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "integer", "minimum": LEAST_CODE, "maximum": MAX_CODE}]}


_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_RFC3339: Final = rf"-[0-9]{{2}}-[0-9]{{2}}[Tt ]{_CLOCK}(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])$"
_IS_RFC3339: Final = re.compile(r"[0-9]{4}" + _RFC3339)


def _read(value: object) -> datetime:
    # Not left to pydantic: it also takes digits in a string for an instant, in a unit that it guesses.
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _IS_RFC3339.fullmatch(value):
        # Python cuts off what is finer than a microsecond, as everyone here does: 59.999999999 is not the next minute.
        return datetime.fromisoformat(value.upper())
    raise ValueError("an instant is written as 2025-07-12T13:45:00Z: date, time with seconds, zone")


def _in_range(value: datetime) -> datetime:
    if not EARLIEST_MS <= value.timestamp() * 1000 < LATEST_MS:
        raise ValueError("an instant lies in [2000-01-01T00:00:00Z, 2100-01-01T00:00:00Z)")
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_read),
    AfterValidator(_in_range),
    # The years at both ends are there for zones east and west of UTC.
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "^(?:1999|20[0-9]{2}|2100)" + _RFC3339}),
]
"""An instant in RFC 3339 with a zone, in `[EARLIEST_MS, LATEST_MS)`; never digits in a string."""

_COUNTS_SOMEWHERE: Final[JsonDict] = {
    "anyOf": [
        {"required": ["status"], "properties": {"status": {"type": "string"}}},
        {"required": ["auth_code"], "properties": {"auth_code": {"type": ["string", "integer"]}}},
    ]
}


class Transaction(BaseModel):
    """One transaction, or a row of transactions counted before.

    At least one of `status` and `auth_code` is given. A row with only an `auth_code` counts in that
    dimension alone. Words are compared in lower case, trimmed, composed (NFC) and without characters that cannot be
    seen. A count or an amount may be written with a point when it is whole (`1.0`). Unknown fields are ignored.

    Of one scope, 200 statuses and 200 auth codes are told apart, in a minute of each partition and when minutes are
    judged. Records with further ones count under the reserved key `other`, so put ids into `id`.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", json_schema_extra=_COUNTS_SOMEWHERE)

    timestamp: Annotated[int, Field(ge=EARLIEST_MS, lt=LATEST_MS)] | Instant = Field(
        description="Event time: RFC 3339 (ISO 8601 with seconds and a zone), or epoch milliseconds."
    )
    status: Word | None = Field(default=None, description="approved, denied, failed, … or any new word.")
    count: Annotated[int, Field(ge=0, le=MAX_COUNT), BeforeValidator(whole)] = Field(
        default=1, description="How many transactions."
    )
    auth_code: Annotated[Word, BeforeValidator(code), _OrNumber()] | None = Field(
        default=None,
        description=f"The issuer's answer, as the acquirer passes it on. From {LEAST_CODE} on a number is its digits.",
    )
    scope: Word = Field(default="all", description="Merchant, checkout, acquirer …")
    amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(whole)] | None = Field(
        default=None, description="Sum of the row in minor units."
    )
    id: str | None = Field(default=None, description="For people; not used to deduplicate.")
    source: str | None = Field(default=None, description="Who published it.")

    @model_validator(mode="after")
    def _counts_somewhere(self) -> Self:
        if self.status is None and self.auth_code is None:
            raise ValueError("status or auth_code is needed: the record would count nowhere")
        return self


class Punctuation(BaseModel):
    """A control record on the transactions topic: nothing older than `punctuation` comes any more.

    It counts nowhere; it raises the watermark of the partition it lies in to `punctuation`.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    punctuation: Annotated[int, Field(ge=EARLIEST_MS, lt=LATEST_MS)] = Field(
        description="Epoch milliseconds; events at or after it may still come."
    )
    source: str | None = None


DeadReason = Literal[
    "null",
    "not_utf8",
    "not_json",
    "not_an_object",
    "missing",
    "type",
    "range",
    "word",
    "too_old",
    "future",
    "too_large",
]
"""Why a record is a dead letter. Bounded, because it labels a metric."""
