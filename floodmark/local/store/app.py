"""The routes of the store: ClickHouse's HTTP interface, and what watches the process."""

import asyncio
import json
from typing import Final

from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from floodmark.local.store.channel import Lane
from floodmark.local.store.engine import DATABASE, Engine, Setup
from floodmark.local.store.execution import Execution
from floodmark.local.store.guard import Guard
from floodmark.local.store.metrics import StoreMetrics
from floodmark.local.store.reply import InLane, QueryReply, error_response
from floodmark.local.store.request import authenticated, read_request
from floodmark.local.store.statement import StatementKind
from floodmark.local.store.users import OWNER, READER, Users
from floodmark.queries.errors import StoreError

HEALTH_S: Final = 5.0
"""An engine that does not answer `SELECT 1` within this time is ill."""
INSTANCE_HEADER: Final = "x-floodmark-instance"


class StoreApp:
    """Everything that answers a request.

    Args:
        engine: The engine, open.
        users: Who may ask.
        instance: A name of this run, in every `/ping`, so that nobody takes another program on its port for it.
    """

    def __init__(self, engine: Engine, users: Users, instance: str) -> None:
        self._engine = engine
        self._users = users
        self._instance = instance
        self._guard = Guard(engine)
        self._metrics = StoreMetrics()
        self._lanes = {OWNER: Lane(OWNER, threads=4, waiting=32), READER: Lane(READER, threads=8, waiting=64)}
        self._health = Lane("health", threads=1, waiting=4)
        self._probing: asyncio.Task[tuple[bool, str]] | None = None
        self._common = [(b"x-clickhouse-server-display-name", b"floodmark")]

    @property
    def metrics_of_connections(self) -> StoreMetrics:
        """Where connections are counted."""
        return self._metrics

    def asgi(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/", self.query, methods=["GET", "POST"]),
                Route("/ping", self.ping),
                Route("/healthz", self.healthz),
                Route("/metrics", self.metrics),
            ],
        )

    async def ping(self, _: HttpRequest) -> Response:
        """ClickHouse's liveness check."""
        return PlainTextResponse("Ok.\n", headers={INSTANCE_HEADER: self._instance})

    async def query(self, http: HttpRequest) -> Response:
        """Run the query of a request; without one, say `Ok.` as ClickHouse does."""
        if http.method == "GET" and not http.url.query:
            return await self.ping(http)
        try:
            user = authenticated(http, self._users)
        except StoreError as error:
            self._metrics.ended(StatementKind.OTHER, error.outcome, 0.0, 0)
            return error_response(error, self._common)
        lane = self._lanes[user]

        async def answer() -> Response:
            request = await read_request(http, user)
            return QueryReply(request, Execution(self._engine, self._guard, request), lane, self._metrics, self._common)

        return InLane(lane, answer, self._metrics, self._common)

    async def healthz(self, _: HttpRequest) -> Response:
        """Whether the engine answers. All who ask while it is being asked get the same answer."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._healthy())
        healthy, reason = await asyncio.shield(self._probing)
        body = json.dumps({"healthy": healthy, "reason": reason})
        return Response(body, 200 if healthy else 503, media_type="application/json")

    async def _healthy(self) -> tuple[bool, str]:
        try:
            with self._health.place():
                loop = asyncio.get_running_loop()
                await asyncio.wait_for(loop.run_in_executor(self._health.executor, self._probe), HEALTH_S)
        except TimeoutError:
            return False, f"the engine did not answer in {HEALTH_S:g} s"
        except StoreError as error:
            return False, f"the engine fails: {error.name}"
        return True, "the engine answers"

    async def metrics(self, http: HttpRequest) -> Response:
        """Prometheus metrics."""
        encode, content_type = choose_encoder(http.headers.get("accept", ""))
        return Response(encode(self._metrics.registry), headers={"content-type": content_type})

    def close(self) -> None:
        """Wait for what runs, then close what is ours; the engine stays open."""
        for lane in (*self._lanes.values(), self._health):
            lane.executor.shutdown(wait=True, cancel_futures=True)
        self._guard.close()

    def _probe(self) -> None:
        with self._engine.session(Setup(DATABASE, {})) as session:
            session.query(b"SELECT 1", "TSV")
