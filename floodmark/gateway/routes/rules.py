"""The rules that minutes are judged by, and whether others could be used."""

import asyncio
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request

from floodmark.analysis.rule_files.settings import as_json
from floodmark.gateway.answers.current import RulesCheckAnswer, RuleSetAnswer
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from processors.domain.rules import METHODS, ForestRule
from processors.rules.load import RuleError, parsed

MAX_BYTES: Final = 262_144
"""Bytes of a rule file that is checked."""
NAME: Final = Path("rules.toml")
FORESTS: Final = frozenset(name for name, kind in METHODS.items() if issubclass(kind, ForestRule))
"""The methods whose rules name a model file."""


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/rules` and `/v1/rules/check`."""
    routes = APIRouter(prefix="/v1", tags=["rules"])

    @routes.get("/rules", summary="The rules that minutes are judged by", responses=documented(503))
    async def rules() -> RuleSetAnswer:
        """As this gateway has loaded them: give it the same FLOODMARK_RULES as the workers."""
        if parts.rules is None:
            raise Problem("no-rules", 503, "This gateway has loaded no rules.", {"Retry-After": "10"})
        return RuleSetAnswer.model_validate(msgspec.to_builtins(as_json(parts.rules())))

    @routes.post(
        "/rules/check",
        summary="Whether a rule file can be used",
        responses=documented(413),
        openapi_extra={
            "requestBody": {
                # Nothing is a file as well, one without rules.
                "required": False,
                "content": {"application/toml": {"schema": {"type": "string", "maxLength": MAX_BYTES}}},
            }
        },
    )
    async def check(request: Request) -> RulesCheckAnswer:
        """Read a rule file (TOML) as a worker would, and say what is wrong with it; nothing is changed."""
        raw = await _body(request)
        return await asyncio.to_thread(checked, raw)

    return routes


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise Problem("too-large", 413, f"A rule file has {MAX_BYTES:,} bytes at most.")
    return bytes(raw)


def checked(raw: bytes) -> RulesCheckAnswer:
    """What a rule file comes to. One that names a model is not looked at: it would be read from this machine's disk."""
    if _names_model(raw):
        return RulesCheckAnswer(
            usable=False, error="a rule names a model file; check it where that lies: `floodmark rules check`"
        )
    try:
        file = parsed(NAME, raw)
    except RuleError as error:
        return RulesCheckAnswer(usable=False, error=str(error))
    found = file.rules
    return RulesCheckAnswer(
        usable=True, name=found.name, version=found.version, rules=len(found.rules), tests=len(file.cases)
    )


def _names_model(raw: bytes) -> bool:
    try:
        content: Any = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    rules = content.get("rule")
    return isinstance(rules, list) and any(
        isinstance(rule, dict) and ("model" in rule or rule.get("method") in FORESTS) for rule in rules
    )
