"""State follows output: it is sent when all output has arrived, and what it replaces is deleted when it has."""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import structlog
from confluent_kafka import KafkaError

from processors.changelog import Write
from processors.stages.keeper import Flight, Keeper
from processors.stages.outbox import Outbox, OutputLost, Parcel


@dataclass
class Sent:
    """An outbox whose records arrive at once, and are noted."""

    records: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)

    async def send(self, parcel: Parcel, topic: str, value: bytes | None, *, key: bytes, partition: int) -> None:
        self.records.append((partition, key, value))


@dataclass
class Holds:
    """A partition that remembers up to where it is stored."""

    stored: int = -1


def test_checkpoints_wait_for_the_output_of_all_and_deletes_come_last() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        sent, held = Sent(), [Holds(), Holds()]
        keeper = Keeper("count", "changelog", cast("Outbox", sent), 8)
        parcels = [Parcel(loop), Parcel(loop)]
        for number, parcel in enumerate(parcels):
            write = Write([(b"new", b"state")], [b"old"])
            await keeper.put(Flight(number, held[number], 7 + number, parcel, write))
        running = loop.create_task(keeper.run())
        parcels[0].seal()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (sent.records, [each.stored for each in held]) == ([], [-1, -1])
        parcels[1].seal()
        await asyncio.wait_for(keeper.all_kept(), 120)
        assert sent.records == [(0, b"new", b"state"), (1, b"new", b"state"), (0, b"old", None), (1, b"old", None)]
        assert [each.stored for each in held] == [7, 8]
        running.cancel()

    asyncio.run(story())


@dataclass(frozen=True)
class Report:
    """A delivery report of a record to this topic, as far as it is asked."""

    name: str

    def topic(self) -> str:
        return self.name


def test_a_right_to_write_that_was_taken_away_ends_the_worker_with_75_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []

    def leave(code: int) -> None:
        ended.append(code)
        raise SystemExit(code)

    async def story() -> None:
        parcel = Parcel(asyncio.get_running_loop())
        parcel.more()
        parcel.seal()
        parcel.one_less(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), cast("Any", Report("partials")))
        keeper = Keeper("count", "changelog", cast("Outbox", Sent()), 8)
        await keeper.put(Flight(0, Holds(), 7, parcel, None))
        await keeper.run()

    monkeypatch.setattr(os, "_exit", leave)
    with structlog.testing.capture_logs() as logged, pytest.raises(SystemExit):
        asyncio.run(story())
    assert ended == [75]
    assert [each["reason"] for each in logged] == [
        "count: Kafka does not let our login write to partials any more: give it that right back; `floodmark doctor` "
        "names what is lacking"
    ]


def test_any_other_record_that_is_lost_says_why() -> None:
    async def story() -> None:
        parcel = Parcel(asyncio.get_running_loop())
        parcel.more()
        parcel.seal()
        parcel.one_less(KafkaError(KafkaError._MSG_TIMED_OUT))
        with pytest.raises(OutputLost, match=r"a record could not be delivered: .*timed out"):
            await parcel.arrived

    asyncio.run(story())
