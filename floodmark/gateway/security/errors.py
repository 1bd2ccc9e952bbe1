"""Every error is a problem (RFC 9457): those of ours, those of FastAPI, and those that nobody expected."""

import re

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from floodmark.gateway.problems import MEDIA_TYPE, Problem, response_of
from runtime.log_rate import Sparing

log = structlog.get_logger(__name__)

_PART = re.compile(r"\{\w+\}")
_KINDS = {404: "not-found", 405: "method", 406: "not-acceptable"}
_DETAILS = {404: "there is nothing at this path; /docs says what there is", 405: "this path knows other methods"}


def teach(app: FastAPI) -> None:
    """Let the application say its own errors as problems."""
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    # It is raised again when this has been sent, and logged by `Problems`.
    app.add_exception_handler(Exception, _of_all)


class Problems:
    """An ASGI application around another one: what it raises before it has answered is answered as a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._sparing = app, Sparing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = has_ended = False

        async def noting(message: Message) -> None:
            nonlocal has_begun, has_ended
            has_begun = True
            has_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Problem as problem:
            if has_begun:
                raise
            await response_of(Request(scope), problem)(scope, receive, send)
        except Exception as error:
            # What was asked stays out of the log: only where, and what went wrong.
            # Whoever has found what fails may ask for it as often as they like.
            self._sparing.tell(log.exception, "request_failed", method=scope["method"], error=type(error).__name__)
            if has_ended:
                return
            if has_begun:
                raise
            await _answer(_broken())(scope, receive, send)


def _broken() -> Problem:
    return Problem("broken", 500, "something went wrong here that should not; the gateway's log says what")


def _of_all(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(_broken())


def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and (methods := _methods(request)):
        error.headers = {**(error.headers or {}), "Allow": ", ".join(methods)}
    kind = _KINDS.get(error.status_code, "http")
    detail = _DETAILS.get(error.status_code, str(error.detail))
    return _answer(Problem(kind, error.status_code, detail, error.headers))


def _methods(request: Request) -> list[str]:
    """All that can be done at the request's path, as documented: the route that is found first knows its own alone."""
    paths, path = request.app.openapi()["paths"], request.url.path
    like = (item for template, item in paths.items() if re.fullmatch(_PART.sub("[^/]+", template), path))
    found = paths.get(path) or next(like, None)
    return sorted(method.upper() for method in found or ())


def _of_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Not what was given: it may be anything, also a secret in the wrong place.
    wrong = [{"in": ".".join(map(str, each["loc"])), "detail": each["msg"]} for each in error.errors()]
    return _answer(Problem("parameters", 422, "a parameter or the body is not what it should be", None, errors=wrong))


def _answer(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.document(), problem.status, problem.headers, MEDIA_TYPE)
