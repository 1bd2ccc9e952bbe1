"""Posts as fast as it is answered, or so many a second; run as a process of its own, prints one JSON line.

Written on bare sockets: a client library would take more of the two cores than the gateway does.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

TAKEN = (200,)
MARK = 1111111111111
STATUSES = ("approved", "denied", "failed", "reversed", "refunded")


@cache
def template(size: int) -> bytes:
    """A record, or a batch of so many, with a mark for the time: who writes each anew measures that, too."""
    records = [
        {"timestamp": MARK, "status": STATUSES[i % 5 if i % 7 == 0 else 0], "auth_code": "00", "amount": 1999 + i}
        for i in range(size)
    ]
    return json.dumps(records if size > 1 else records[0]).encode()


def body(size: int, now_ms: int) -> bytes:
    """A record, or a batch of so many, of this moment."""
    return template(size).replace(str(MARK).encode(), str(now_ms).encode())


class Connection:
    """One connection that is kept."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host, self._reader, self._writer = urlsplit(url).netloc, reader, writer

    async def post(self, content: bytes) -> int:
        """Post; the status that is answered."""
        head = (
            f"POST /v1/transactions HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])


async def connections(url: str, number: int) -> list[Connection]:
    """So many connections."""
    at = urlsplit(url)
    opened = [await asyncio.open_connection(at.hostname, at.port) for _ in range(number)]
    return [Connection(url, *each) for each in opened]


async def flood(url: str, size: int, number: int, seconds: float) -> tuple[int, list[float]]:
    """Each connection posts again as soon as it is answered; records that were taken, seconds of each answer."""
    took, taken, until = list[float](), 0, time.perf_counter() + seconds

    async def one(connection: Connection) -> None:
        nonlocal taken
        while (began := time.perf_counter()) < until:
            if await connection.post(body(size, int(time.time() * 1000))) in TAKEN:
                taken += size
                took.append(time.perf_counter() - began)

    await asyncio.gather(*map(one, await connections(url, number)))
    return taken, took


async def steadily(url: str, rate: float, number: int, seconds: float) -> tuple[int, list[float]]:
    """Single records, so many a second whatever is answered; a post that finds no connection waits for one."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in await connections(url, number):
        idle.put_nowait(connection)
    took, taken, began = list[float](), 0, time.perf_counter()

    async def one(due: float) -> None:
        nonlocal taken
        connection = await idle.get()
        if await connection.post(body(1, int(time.time() * 1000))) in TAKEN:
            taken += 1
            took.append(time.perf_counter() - due)
        idle.put_nowait(connection)

    async with asyncio.TaskGroup() as posts:
        for number_of in range(int(rate * seconds)):
            due = began + number_of / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            posts.create_task(one(due))
    return taken, took


def main(url: str, size: int, number: int, seconds: float, rate: float) -> None:
    """Post for a while and print what came of it; a rate of 0: as fast as it is answered."""
    run: Callable[[], tuple[int, list[float]]] = lambda: asyncio.run(  # noqa: E731
        steadily(url, rate, number, seconds) if rate else flood(url, size, number, seconds)
    )
    began = time.perf_counter()
    taken, took = run()
    took.sort()
    line = {
        "records": taken,
        "seconds": time.perf_counter() - began,
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[int(0.99 * len(took))],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
