"""The documentation at /docs and /docs/problems, made of what the code knows; and where a message's links lead."""

from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from floodmark.gateway.collection import collection_of
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problem_kinds import KINDS

METHODS: Final = ("get", "post", "put", "patch", "delete")
_pages: Final = Environment(loader=PackageLoader("floodmark.gateway"), autoescape=select_autoescape())


def router(parts: GatewayParts) -> APIRouter:
    """`/docs`."""
    del parts
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(page(request.app.openapi()))

    @routes.get("/docs/collection.json", include_in_schema=False)
    async def collection(request: Request) -> JSONResponse:
        return JSONResponse(collection_of(request.app.openapi(), str(request.base_url).rstrip("/")))

    @routes.get("/docs/problems", include_in_schema=False)
    async def problems() -> HTMLResponse:
        return HTMLResponse(_pages.get_template("problems.html").render(kinds=KINDS))

    @routes.get("/incidents/{incident_id}", include_in_schema=False)
    async def incident(incident_id: str) -> RedirectResponse:
        # Messages name a path: what stands behind # is lost where a mail program or a proxy passes a link on.
        return RedirectResponse(f"/#/incidents/{quote(incident_id, safe='')}", 302)

    return routes


def page(document: dict[str, Any]) -> str:
    """The OpenAPI document as HTML."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    schemas = document.get("components", {}).get("schemas", {})
    return _pages.get_template("docs.html").render(info=document["info"], operations=operations, schemas=schemas)
