"""What is answered to a post of transactions."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from floodmark.gateway.ingest.records import UnusableRecord
from floodmark.gateway.verdicts import PostVerdict


class RecordError(BaseModel):
    """A record that was not taken, and why."""

    index: int = Field(description="Its place in the post, from 0; empty lines are not counted.")
    reason: str = Field(
        description="A word for programs: missing, type, range, word, zone, too_old, future, control, not_an_object, "
        "not_json, not_utf8, too_large or null."
    )
    field: str = Field(description="The field; empty when it is the whole record.")
    detail: str = Field(description="What is wrong, and the remedy.")


class PostAnswer(BaseModel):
    """What became of the records of a post. What is accepted is in the topic, in all replicas that are in sync."""

    accepted: int = Field(description="So many records are in.")
    refused: int = Field(description="So many are not; each is one of `errors`.")
    errors: list[RecordError] = Field(default=[], description="Those that are not in, by their place in the post.")
    verdict: PostVerdict | None = Field(
        default=None, description="Of a post of one record: the verdict on it, as if its minute closed now."
    )
    verdicts: list[PostVerdict] = Field(
        default=[],
        description="Of a post of several, when it asks for them: by scope and minute, the first ones of many.",
    )
    no_verdict: str = Field(default="", description="Why there is no verdict where one was asked for.")


def errors_of(bad: Sequence[UnusableRecord]) -> list[RecordError]:
    """The bad records as they are answered."""
    return [
        RecordError.model_construct(index=each.index, reason=each.reason, field=each.field, detail=each.detail)
        for each in bad
    ]
