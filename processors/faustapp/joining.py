"""Leaving a group in the middle of joining it."""

import asyncio
from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

ANSWER_S: Final = 3.0
"""How long the broker may take; a member that it has not heard of leaving goes with its session time-out."""


async def leave_the_join(coordinator: Any) -> None:
    """Leave the group if the coordinator waits for the answer to its wish to join; on its own loop.

    Whoever joins owns nothing, and the answer comes when all others have joined, or have been given up. The wish to
    leave has to go over another connection: on one, the broker answers in order. It answers both, and the others need
    not wait for a member that is no more.
    """
    task = getattr(coordinator, "_coordination_task", None)
    if task is None or task.done() or not coordinator._performed_join_prepare:
        return
    closing = asyncio.ensure_future(coordinator.close())
    # It is told first that it closes, or it would join again as soon as the join is refused.
    await asyncio.sleep(0)
    node, member = coordinator.coordinator_id, coordinator.member_id
    if node is None or not member:
        return
    try:
        async with asyncio.timeout(ANSWER_S):
            await coordinator._client.send(node, LeaveGroupRequest(coordinator.group_id, member))
            await asyncio.shield(closing)
    except (KafkaError, TimeoutError):
        return
