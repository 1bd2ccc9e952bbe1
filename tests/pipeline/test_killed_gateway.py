"""Gateways are killed in the middle of posts: what was answered is in the totals once, and no post is in by half."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest

from runtime.ports import free_ports
from tests.floodmark.gateway.process import GatewayProcess, forked
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS: Final = 1_752_321_600_000
EACH: Final = 20
"""Records of a post."""
AT_ONCE: Final = 8
PATIENCE_S: Final = 20.0


@dataclass
class Field:
    """Two gateways, one of which is killed now and then, and started again at its own address."""

    made: Installation
    folder: Path
    ports: list[int]
    gateways: list[GatewayProcess] = field(default_factory=list)
    answered: int = 0
    repeated: int = 0

    def start(self, which: int) -> GatewayProcess:
        return forked(self.folder, self.made.address, self.made.prefix, self.ports[which], FLOODMARK_GATEWAY_NAME="t")

    async def kill(self, which: int) -> None:
        self.gateways[which].kill()
        self.gateways[which] = self.start(which)
        await asyncio.to_thread(self.gateways[which].ready)


def body(status: str) -> bytes:
    records = [{"timestamp": NOON_MS + i, "status": status} for i in range(EACH)]
    return "\n".join(map(json.dumps, records)).encode()


async def posted(asks: httpx.AsyncClient, at: Field, number: int, status: str, tries: int) -> bool:
    """Post until it is answered with 2xx, at one gateway after the other; whether it was."""
    headers = {"content-type": "application/x-ndjson", "idempotency-key": str(number)}
    for attempt in range(tries):
        url = f"http://127.0.0.1:{at.ports[(number + attempt) % 2]}/v1/transactions"
        try:
            answer = await asks.post(url, content=body(status), headers=headers)
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
            continue
        if answer.is_success:
            at.answered += 1
            at.repeated += "idempotency-replayed" in answer.headers
            return True
        assert answer.status_code in (409, 503), answer.text
        await asyncio.sleep(0.1)
    return False


async def storm(at: Field, posts: int, kills: int) -> list[int]:
    """Post all, kill meanwhile; the numbers of those that were given up after one try and not answered."""
    waiting, given_up = iter(range(posts)), list[int]()

    async def client(asks: httpx.AsyncClient) -> None:
        for number in waiting:
            # A few clients never try again: what they posted is in as a whole, or not at all.
            impatient = number % 50 == 7
            status = f"given up {number}" if impatient else "approved"
            if not await posted(asks, at, number, status, 1 if impatient else 10_000):
                given_up.append(number)

    async def killer() -> None:
        for kill in range(kills):
            goal = posts * (kill + 1) // (kills + 1)
            while at.answered < goal:
                await asyncio.sleep(0.005)
            await at.kill(kill % 2)

    async with httpx.AsyncClient(timeout=PATIENCE_S) as asks:
        await asyncio.gather(killer(), *(client(asks) for _ in range(AT_ONCE)))
    return given_up


def tried(made: Installation, folder: Path, posts: int, kills: int) -> None:
    at = Field(made, folder, free_ports(2))
    at.gateways = [at.start(which) for which in (0, 1)]
    made.worker()
    try:
        for gateway in at.gateways:
            gateway.ready()
        given_up = asyncio.run(storm(at, posts, kills))
    finally:
        for gateway in at.gateways:
            gateway.stop()
    made.punctuate(NOON_MS + 60_000)
    made.drain()
    totals = {key: count for (_, _, key), count in made.counts().items()}
    impatient = {number: f"given up {number}" for number in range(posts) if number % 50 == 7}
    assert totals.pop("approved") == (posts - len(impatient)) * EACH
    for number, status in impatient.items():
        found = totals.pop(status, 0)
        assert found == EACH if number not in given_up else found in (0, EACH)
    assert totals == {}
    assert made.dead() == []


def test_what_was_answered_is_in_once_though_gateways_are_killed(install: Install, tmp_path: Path) -> None:
    tried(install(), tmp_path, posts=400, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_of_a_hundred_thousand_as_well(install: Install, tmp_path: Path) -> None:
    tried(install(), tmp_path, posts=5_000, kills=12)
