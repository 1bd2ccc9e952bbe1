"""How the pipeline is, in words."""

from datetime import datetime

from fastapi import APIRouter

from floodmark.gateway.answers.current import HealthAnswer, HealthPart
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.pulse import BrokerAnswer, GroupPulse
from processors.domain.window import STREAM, end_ms
from runtime.numbers import percent
from schemas.durations import seconds_long
from schemas.instants import from_ms

OLD_S = 180.0
"""A minute is judged some seconds after its end; when none was for so long, what is shown is old."""
FAR = 100_000
"""A sink that has so many records still to read is behind."""
SILENT_S = 15.0


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/health`."""
    routes = APIRouter(prefix="/v1", tags=["health"])

    @routes.get("/health", summary="How the pipeline is")
    async def health() -> HealthAnswer:
        """Watermark, lag, workers, sinks, dead letters, and whether the stream itself can be trusted.

        It answers also while the gateway is still reading.
        """
        view, now_ms, looked = parts.view, parts.now_ms(), parts.pulse.last
        # Before all was read, others are still filling it.
        watermark_ms = end_ms(view.minutes.last) if view.ready and view.minutes.last >= 0 else None
        behind_s = None if watermark_ms is None else max(0.0, (now_ms - watermark_ms) / 1000)
        incidents = view.incidents.open if view.ready else []
        blind = [one.alert.summary for one in incidents if one.alert.dimension == STREAM]
        found = [_reading(parts), _judged(behind_s), *_groups(looked), _dead_letters(looked)]
        worst = [part.words for part in found if part.well is False]
        words = [*blind, *worst] or ["All is well: minutes are judged as they end."]
        return HealthAnswer(
            well=not blind and not worst,
            words=words[0],
            watermark=_at(watermark_ms),
            behind_s=behind_s,
            received_at=_at(view.read_at_ms if view.read_at_ms >= 0 else None),
            blind=blind,
            dead_letters=None if looked is None else looked.dead_letters,
            late_records=None if looked is None else looked.late,
            parts=found,
            looked_at=_at(None if looked is None else looked.at_ms),
            now=from_ms(now_ms),
        )

    return routes


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _reading(parts: GatewayParts) -> HealthPart:
    silent_s, view = parts.pulse.silent_s, parts.view
    if silent_s > SILENT_S:
        words = f"The broker has said nothing to this gateway for {seconds_long(silent_s)}: these numbers are old."
        return HealthPart(name="gateway", well=False, words=words)
    if not view.ready:
        return HealthPart(
            name="gateway", well=False, words=f"Reading what there is: {percent(view.progress)} is there."
        )
    return HealthPart(name="gateway", well=True, words="It reads the topics as they grow.")


def _judged(behind_s: float | None) -> HealthPart:
    if behind_s is None:
        return HealthPart(name="judge", well=None, words="No minute has been judged yet.")
    if behind_s > OLD_S:
        words = f"No minute has been judged for {seconds_long(behind_s)}: these numbers are old."
        return HealthPart(name="judge", well=False, words=words)
    return HealthPart(name="judge", well=True, words=f"The newest judged minute ended {seconds_long(behind_s)} ago.")


def _groups(looked: BrokerAnswer | None) -> list[HealthPart]:
    if looked is None:
        return []
    if looked.error:
        return [HealthPart(name="broker", well=False, words=f"The broker does not say who reads what: {looked.error}.")]
    return [_group(name, found) for name, found in sorted(looked.groups.items())]


def _group(name: str, found: GroupPulse) -> HealthPart:
    well, words = True, f"{found.lag:,} records are still to be read."
    if found.members == 0:
        well, words = False, f"None runs; {found.lag:,} records wait."
    elif found.lag > FAR:
        well, words = False, f"It is behind: {found.lag:,} records are still to be read."
    elif found.lag == 0:
        words = "It has read everything."
    return HealthPart(name=name, well=well, words=words, lag=found.lag, processes=found.members)


def _dead_letters(looked: BrokerAnswer | None) -> HealthPart:
    count = None if looked is None else looked.dead_letters
    if count is None:
        return HealthPart(name="dead letters", well=None, words="It is not known how many there are.")
    words = "There are none." if count == 0 else f"There are {count:,}: `floodmark dlq list` shows them."
    return HealthPart(name="dead letters", well=True, words=words, lag=None)
