"""The bare handler: FastAPI parses, confluent-kafka produces, each report is waited for. No checks, no verdict.

Run as a process of its own, with the broker, the topic and the port.
"""

import asyncio
import json
import sys
import threading
from typing import Any

import uvicorn
from confluent_kafka import Producer
from fastapi import FastAPI, Request


def main(broker: str, topic: str, port: int) -> None:
    """Serve until it is killed."""
    producer = Producer({"bootstrap.servers": broker, "acks": "all", "enable.idempotence": True, "linger.ms": 2})
    app = FastAPI()

    @app.post("/v1/transactions")
    async def post(request: Request) -> dict[str, int]:
        found = await request.json()
        records: list[Any] = found if isinstance(found, list) else [found]
        loop, left = asyncio.get_running_loop(), len(records)
        waiter: asyncio.Future[None] = loop.create_future()

        def reported(error: object, _message: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                loop.call_soon_threadsafe(waiter.set_result, None)

        for record in records:
            producer.produce(topic, json.dumps(record).encode(), on_delivery=reported)
        await waiter
        return {"accepted": len(records)}

    def poll() -> None:
        while True:
            producer.poll(0.1)

    threading.Thread(target=poll, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
