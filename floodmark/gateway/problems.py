"""What went wrong, as RFC 9457 says it: one kind of error for all routes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"


class ProblemDocument(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Page that says what this kind of problem is and what to do.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong this time, and the remedy.")


class Problem(Exception):
    """An answer that is an error.

    Args:
        kind: Its name in `type`: words with dashes.
        status: The HTTP status.
        detail: What is wrong this time, and the remedy; for people.
        headers: More headers of the answer.
        more: More members of the document.
    """

    def __init__(
        self, kind: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.status, self.detail, self.headers, self.more = kind, status, detail, dict(headers or {}), more

    def document(self) -> dict[str, Any]:
        """The problem as it is sent."""
        title = HTTPStatus(self.status).phrase
        return {
            "type": f"/docs/problems#{self.kind}",
            "title": title,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }


def response_of(_request: Request, error: Exception) -> JSONResponse:
    """The answer for a `Problem`; an exception handler of the application."""
    if not isinstance(error, Problem):
        raise error
    return JSONResponse(error.document(), error.status, error.headers, MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses are problems."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
