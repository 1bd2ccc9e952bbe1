"""How much each may ask, refused before any work is done, and told by the headers that programs look for."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from limits.aio.storage import MemoryStorage

from floodmark.gateway.security import rates
from floodmark.gateway.security.principals import ApiRight
from floodmark.gateway.security.rates import AGAIN_S, EXACT, FAILURES, Allowance, Rates, SharedRates, rates_at
from runtime.exits import Misused
from runtime.ports import free_ports, listens
from tests.floodmark.gateway.ingest.build import Kept
from tests.floodmark.gateway.logged import logged
from tests.floodmark.gateway.security.build import asking, guarded, key_of, post
from tests.waiting import until

READ: dict[str, Any] = {"method": "GET", "url": "/v1/nothing"}
NAMES = ("ratelimit-limit", "ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-remaining")


def test_a_reader_without_a_key_has_a_hundred_requests_a_minute() -> None:
    answers = asking(guarded(gateway_anonymous="read"), *[READ] * 101)
    assert [answer.status_code for answer in answers] == [404] * 100 + [429]
    assert [answers[0].headers[name] for name in NAMES] == ["100", "99", "100", "99"]
    last = answers[-1]
    assert last.json()["type"] == "/docs/problems#rate-limit"
    assert [last.headers[name] for name in NAMES] == ["100", "0", "100", "0"]
    assert last.headers["ratelimit-policy"] == "100;w=60"
    assert last.headers["ratelimit-reset"] == last.headers["x-ratelimit-reset"]
    assert 1 <= int(last.headers["retry-after"]) <= 60


def test_readers_are_told_apart_by_their_addresses() -> None:
    made = guarded(gateway_anonymous="read", gateway_reader_rate=1)
    assert [answer.status_code for answer in asking(made, READ, READ)] == [404, 429]
    assert asking(made, READ, client="203.0.113.8")[0].status_code == 404


def test_what_a_proxy_says_counts_only_of_one_that_is_believed() -> None:
    def said(client: str) -> dict[str, Any]:
        return {**READ, "headers": {"x-forwarded-for": f"198.51.100.1, {client}"}}

    plain = guarded(gateway_anonymous="read", gateway_reader_rate=1)
    assert [a.status_code for a in asking(plain, said("203.0.113.1"), said("203.0.113.2"))] == [404, 429]
    behind = guarded(gateway_anonymous="read", gateway_reader_rate=1, gateway_trusted_proxies="203.0.113.7, 10.0.0.0/8")
    requests = (said("203.0.113.1"), said("203.0.113.2"), said("203.0.113.1, 10.0.0.9"))
    assert [a.status_code for a in asking(behind, *requests)] == [404, 404, 429]


def test_an_ipv6_client_does_not_become_another_one_by_its_last_64_bits() -> None:
    made = guarded(gateway_anonymous="read", gateway_reader_rate=1)
    assert asking(made, READ, client="2001:db8::1")[0].status_code == 404
    assert asking(made, READ, client="2001:db8::2")[0].status_code == 429
    assert asking(made, READ, client="2001:db8:0:1::2")[0].status_code == 404


def test_a_key_has_its_own_limit_wherever_it_is_used_and_nothing_is_published_beyond_it() -> None:
    kept = Kept()
    made = guarded(kept=kept, gateway_key_rate=3)
    key, small = key_of(made, ApiRight.INGEST), key_of(made, ApiRight.INGEST, rate=1)
    assert [a.status_code for a in asking(made, *[post(x_api_key=key)] * 4)] == [200, 200, 200, 429]
    assert asking(made, post(x_api_key=key), client="203.0.113.9")[0].status_code == 429
    assert [a.status_code for a in asking(made, *[post(x_api_key=small)] * 2)] == [200, 429]
    assert len(kept.values) == 4


def test_who_guesses_keys_is_not_listened_to_any_more_not_even_with_a_good_one() -> None:
    made = guarded()
    good = key_of(made, ApiRight.INGEST)
    answers = asking(made, *[post(x_api_key="fm_guess")] * (FAILURES + 1), post(x_api_key=good))
    assert [a.status_code for a in answers] == [401] * FAILURES + [429, 429]
    assert asking(made, post(x_api_key=good), client="203.0.113.9")[0].status_code == 200


def test_gateways_that_share_a_storage_share_limits_and_without_an_answer_each_counts_for_itself() -> None:
    class Away(MemoryStorage):
        async def acquire_entry(self, *_: Any, **__: Any) -> bool:
            raise ConnectionError("secret")

        async def acquire_sliding_window_entry(self, *_: Any, **__: Any) -> bool:
            raise ConnectionError("secret")

        async def get_moving_window(self, *_: Any, **__: Any) -> tuple[float, int]:
            raise ConnectionError("secret")

    async def asked() -> list[bool]:
        storage = MemoryStorage()
        both = SharedRates(storage), SharedRates(storage)
        shared = [(await each.hit("a", 2)).is_over for each in (*both, *both)]
        alone = SharedRates(Away())
        return [*shared, *[(await alone.hit("a", 1)).is_over for _ in range(2)], (await alone.look("a", 1)).is_over]

    assert asyncio.run(asked()) == [False, False, True, True, False, True, True]


def test_a_storage_that_does_not_answer_is_waited_for_once_and_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "ANSWER_S", 0.01)
    asked: list[str] = []
    now_s = [0.0]

    class Hanging(MemoryStorage):
        async def acquire_entry(self, key: str, *_: Any, **__: Any) -> bool:
            asked.append(key)
            await asyncio.Event().wait()
            return True

    async def hits() -> list[bool]:
        shared = SharedRates(Hanging(), lambda: now_s[0])
        found = [(await shared.hit("a", 2)).is_over for _ in range(3)]
        now_s[0] = AGAIN_S
        return [*found, (await shared.hit("a", 2)).is_over]

    assert asyncio.run(hits()) == [False, False, True, True]
    assert len(asked) == 2


@pytest.mark.parametrize("url", ["redis://:geheim@localhost:99999", "http://:geheim@localhost", "geheim"])
def test_an_address_that_cannot_be_used_is_wrong_usage_and_the_password_is_not_repeated(url: str) -> None:
    with pytest.raises(Misused, match="redis://HOST:PORT") as error:
        rates_at(url)
    assert "geheim" not in error.value.sentence


def test_without_its_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(Misused, match=re.escape("pip install 'floodmark[redis]'")) as error:
        rates_at("redis://:geheim@localhost:6379")
    assert "geheim" not in error.value.sentence


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of its own; its address, with a password."""
    if (program := shutil.which("redis-server")) is None:
        pytest.skip("there is no redis-server on the path: make redis")
    (port,) = free_ports(1)
    quiet = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--requirepass", "geheim")
    with (tmp_path / "redis.log").open("wb") as log:
        child = subprocess.Popen([program, "--port", str(port), "--dir", str(tmp_path), *quiet], stdout=log)
    try:
        until(lambda: listens("127.0.0.1", port), "Redis answers")
        yield f"redis://:geheim@127.0.0.1:{port}/1"
    finally:
        child.kill()
        child.wait()


@asynccontextmanager
async def at(url: str) -> AsyncIterator[Rates]:
    """The rates at an address; their connections are closed at the end, as those of a process are by its end."""
    made = rates_at(url)
    yield made
    assert isinstance(made, SharedRates)
    await made._exact.storage.bridge.storage.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("limit", [3, EXACT + 3])
def test_gateways_share_limits_in_a_real_redis(redis: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact way, and the one for high limits; however busy the machine is, Redis is waited for."""
    monkeypatch.setattr(rates, "ANSWER_S", 60.0)

    async def asked() -> tuple[list[Allowance], Allowance, Allowance]:
        async with at(redis) as one, at(redis) as other:
            hits = [await one.hit("a", limit)]
            while not hits[-1].is_over and len(hits) < 2 * limit:
                hits.append(await (one, other)[len(hits) % 2].hit("a", limit))
            return hits, await one.look("a", limit), await other.hit("b", limit)

    hits, looked, other = asyncio.run(asked())
    assert hits[-1].is_over
    # The rough way lets some more in where a minute of the clock ends meanwhile.
    assert limit <= len(hits) - 1 <= 1.1 * limit
    assert hits[0].left == limit - 1
    assert looked.is_over
    assert 1 <= looked.reset_s <= 60
    assert not other.is_over


def test_a_gateway_that_lost_its_redis_goes_on_counting_for_itself(redis: str) -> None:

    async def asked() -> int:
        async with at(redis.replace("127.0.0.1", "127.0.0.2")) as gone:
            return (await gone.hit("a", 1)).left

    with logged() as said:
        assert asyncio.run(asked()) == 0
    assert "rates_not_shared" in said.getvalue()
    assert "geheim" not in said.getvalue()
