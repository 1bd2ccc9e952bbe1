"""Whether the gateway answers: for balancers and people."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from floodmark.gateway.parts import GatewayParts


class Liveness(BaseModel):
    """What `/healthz` answers."""

    healthy: bool = Field(description="Whether this gateway works.")
    reason: str = Field(description="Why, in words.")


def router(parts: GatewayParts) -> APIRouter:
    """`/healthz`."""
    del parts
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="Whether this gateway answers", response_model=Liveness)
    async def healthz() -> Liveness:
        return Liveness(healthy=True, reason="the gateway answers")

    return routes
