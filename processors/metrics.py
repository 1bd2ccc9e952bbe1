"""The counters of a worker; born at zero for every label that is known beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args

from prometheus_client import Counter, Gauge, Histogram, Info

from schemas.minute import Dimension
from schemas.transaction import DeadReason

STAGES: Final = ("count", "judge")

RECEIVED: Final = Counter("floodmark_worker_received_records", "Records taken in by a stage.", ["stage"])
SKIPPED: Final = Counter("floodmark_worker_skipped_records", "Records that were in the state already.", ["stage"])
DISCARDED: Final = Counter("floodmark_worker_discarded_records", "Records put aside, by reason.", ["reason"])
FOLDED: Final = Counter(
    "floodmark_worker_folded_records",
    "Records counted under the key other, because their minute held too many keys, by dimension.",
    ["dimension"],
)
CROWDED_OUT: Final = Counter(
    "floodmark_worker_crowded_out_scopes", "Silent scopes that were forgotten early, because there were too many."
)
LATE_SCOPES: Final = Gauge(
    "floodmark_worker_late_scopes",
    "Scopes whose minutes are judged some minutes late, because counts of theirs usually come late.",
    ["partition"],
)
GONE: Final = Counter(
    "floodmark_worker_gone_records", "Records that their topic did not keep until a stage read them.", ["stage"]
)
CUTS: Final = Counter("floodmark_worker_lost_tails", "Times that a partition had lost its newest records.", ["stage"])
FETCH_ERRORS: Final = Counter("floodmark_worker_fetch_errors", "Times that a partition could not be read.", ["topic"])
HOLES: Final = Counter("floodmark_worker_holes", "Chunks that were lost on the way and are read again.", ["stage"])
STORED: Final = Counter("floodmark_worker_stored_values", "State values sent to a changelog.", ["stage"])
LAG_S: Final = Gauge("floodmark_worker_event_lag_seconds", "Wall clock less highest event time.", ["partition"])
WATERMARK: Final = Gauge("floodmark_worker_watermark_seconds", "Joint watermark, seconds since the epoch.")
WAITING_MINUTES: Final = Gauge(
    "floodmark_worker_waiting_minutes", "Minutes from the joint watermark to that of the foremost source partition."
)
COMMITTED: Final = Gauge("floodmark_worker_stored_offset", "Position in the stored state.", ["stage", "partition"])
BEHIND: Final = Gauge(
    "floodmark_worker_lag_records", "From the stored position to the end that the broker tells.", ["stage", "partition"]
)
BROKER_SILENT_S: Final = Gauge(
    "floodmark_worker_broker_silent_seconds", "Since the broker has last told the ends of our partitions."
)
CLOCK_AHEAD_S: Final = Gauge(
    "floodmark_worker_clock_ahead_seconds",
    "How far the clock of this machine is ahead of the broker's, at least; negative when it is behind.",
)
WRITE_S: Final = Histogram(
    "floodmark_worker_write_seconds", "From sending a chunk's output to its last ack.", ["stage"]
)
LONGEST_TURN_S: Final = Gauge(
    "floodmark_worker_longest_turn_seconds", "Longest time for which the event loop was held up in the last minute."
)
STILL_S: Final = Gauge(
    "floodmark_worker_still_seconds",
    "Since the loops of a stage have last turned, by the one that stands still longer.",
    ["stage"],
)
ALERTS: Final = Counter("floodmark_alerts", "Alerts published, by state.", ["state"])
RULES: Final = Info("floodmark_rules", "The rules that are judged by.")
RULES_USABLE: Final = Gauge("floodmark_rules_file_usable", "Whether the rule file can be used as it is now: 1 or 0.")
RULES_RELOADS: Final = Counter("floodmark_rules_reloads", "Changes of the rules while the worker ran.")
RULES_RELOAD_FAILURES: Final = Counter(
    "floodmark_rules_reload_failures", "Contents of the rule file that could not be used; the old rules stayed."
)

for _stage in STAGES:
    for _metric in (RECEIVED, SKIPPED, GONE, CUTS, HOLES, STORED, WRITE_S):
        _metric.labels(_stage)
for _reason in (*get_args(DeadReason), "too_late", "settled", "unreadable_batch", "not_a_partial", "not_state"):
    DISCARDED.labels(_reason)
for _dimension in (*get_args(Dimension), "scope"):
    FOLDED.labels(_dimension)
for _state in ("firing", "updated", "acknowledged", "resolved", "amended", "withdrawn"):
    ALERTS.labels(_state)


@dataclass(frozen=True, slots=True)
class StageMetrics:
    """The counters of one stage: looking one up by its labels costs more than counting."""

    received: Counter
    skipped: Counter
    gone: Counter
    cuts: Counter
    holes: Counter
    stored: Counter
    write_s: Histogram
    committed: Callable[[int], Gauge]
    """The stored offset of a partition."""


def of_stage(name: str) -> StageMetrics:
    """The counters of the stage of this name."""
    return StageMetrics(
        RECEIVED.labels(name),
        SKIPPED.labels(name),
        GONE.labels(name),
        CUTS.labels(name),
        HOLES.labels(name),
        STORED.labels(name),
        WRITE_S.labels(name),
        cache(lambda partition: COMMITTED.labels(name, str(partition))),
    )


@cache
def lag_of(partition: int) -> Gauge:
    """LAG_S of a partition."""
    return LAG_S.labels(str(partition))
