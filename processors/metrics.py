"""The counters of a worker; born at zero for every label that is known beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from runtime.process_metrics import process_registry
from schemas.minute import Dimension
from schemas.transaction import DeadReason

STAGES: Final = ("count", "judge")


class WorkerMetrics:
    """All that one worker counts. Two workers in one process have one each.

    Args:
        registry: Where they are registered, one `WorkerMetrics` per registry; none: a new one.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = process_registry() if registry is None else registry
        there = self.registry
        self.received = Counter(
            "floodmark_worker_received_records", "Records taken in by a stage.", ["stage"], registry=there
        )
        self.skipped = Counter(
            "floodmark_worker_skipped_records",
            "Records that were in the state already.",
            ["stage"],
            registry=there,
        )
        self.discarded = Counter(
            "floodmark_worker_discarded_records", "Records put aside, by reason.", ["reason"], registry=there
        )
        self.folded = Counter(
            "floodmark_worker_folded_records",
            "Records counted under the key other, because their minute held too many keys, by dimension.",
            ["dimension"],
            registry=there,
        )
        self.crowded_out = Counter(
            "floodmark_worker_crowded_out_scopes",
            "Silent scopes that were forgotten early, because there were too many.",
            registry=there,
        )
        self.late_scopes = Gauge(
            "floodmark_worker_late_scopes",
            "Scopes whose minutes are judged some minutes late, because counts of theirs usually come late.",
            ["partition"],
            registry=there,
        )
        self.gone = Counter(
            "floodmark_worker_gone_records",
            "Records that their topic did not keep until a stage read them.",
            ["stage"],
            registry=there,
        )
        self.cuts = Counter(
            "floodmark_worker_lost_tails",
            "Times that a partition had lost its newest records.",
            ["stage"],
            registry=there,
        )
        self.fetch_errors = Counter(
            "floodmark_worker_fetch_errors", "Times that a partition could not be read.", ["topic"], registry=there
        )
        self.holes = Counter(
            "floodmark_worker_holes", "Chunks that were lost on the way and are read again.", ["stage"], registry=there
        )
        self.stored = Counter(
            "floodmark_worker_stored_values", "State values sent to a changelog.", ["stage"], registry=there
        )
        self.lag_s = Gauge(
            "floodmark_worker_event_lag_seconds",
            "Wall clock less highest event time.",
            ["partition"],
            registry=there,
        )
        self.watermark = Gauge(
            "floodmark_worker_watermark_seconds", "Joint watermark, seconds since the epoch.", registry=there
        )
        self.waiting_minutes = Gauge(
            "floodmark_worker_waiting_minutes",
            "Minutes from the joint watermark to that of the foremost source partition.",
            registry=there,
        )
        self.committed = Gauge(
            "floodmark_worker_stored_offset",
            "Position in the stored state.",
            ["stage", "partition"],
            registry=there,
        )
        self.behind = Gauge(
            "floodmark_worker_lag_records",
            "From the stored position to the end that the broker tells.",
            ["stage", "partition"],
            registry=there,
        )
        self.broker_silent_s = Gauge(
            "floodmark_worker_broker_silent_seconds",
            "Since the broker has last told the ends of our partitions.",
            registry=there,
        )
        self.clock_ahead_s = Gauge(
            "floodmark_worker_clock_ahead_seconds",
            "How far the clock of this machine is ahead of the broker's, at least; negative when it is behind.",
            registry=there,
        )
        self.write_s = Histogram(
            "floodmark_worker_write_seconds",
            "From sending a chunk's output to its last ack.",
            ["stage"],
            registry=there,
        )
        self.longest_turn_s = Gauge(
            "floodmark_worker_longest_turn_seconds",
            "Longest time for which the event loop was held up in the last minute.",
            registry=there,
        )
        self.still_s = Gauge(
            "floodmark_worker_still_seconds",
            "Since the loops of a stage have last turned, by the one that stands still longer.",
            ["stage"],
            registry=there,
        )
        self.alerts = Counter("floodmark_alerts", "Alerts published, by state.", ["state"], registry=there)
        self.rules = Info("floodmark_rules", "The rules that are judged by.", registry=there)
        self.rules_usable = Gauge(
            "floodmark_rules_file_usable",
            "Whether the rule file can be used as it is now: 1 or 0.",
            registry=there,
        )
        self.rules_reloads = Counter(
            "floodmark_rules_reloads", "Changes of the rules while the worker ran.", registry=there
        )
        self.rules_reload_failures = Counter(
            "floodmark_rules_reload_failures",
            "Contents of the rule file that could not be used; the old rules stayed.",
            registry=there,
        )
        self.lag_of = cache(lambda partition: self.lag_s.labels(str(partition)))
        """The event lag of a partition."""
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        for stage in STAGES:
            for metric in (
                self.received,
                self.skipped,
                self.gone,
                self.cuts,
                self.holes,
                self.stored,
                self.write_s,
            ):
                metric.labels(stage)
        for reason in (*get_args(DeadReason), "too_late", "settled", "unreadable_batch", "not_a_partial", "not_state"):
            self.discarded.labels(reason)
        for dimension in (*get_args(Dimension), "scope"):
            self.folded.labels(dimension)
        for state in ("firing", "updated", "acknowledged", "resolved", "amended", "withdrawn"):
            self.alerts.labels(state)

    def of_stage(self, name: str) -> "StageMetrics":
        """The counters of the stage of this name."""
        return StageMetrics(
            self.received.labels(name),
            self.skipped.labels(name),
            self.gone.labels(name),
            self.cuts.labels(name),
            self.holes.labels(name),
            self.stored.labels(name),
            self.write_s.labels(name),
            cache(lambda partition: self.committed.labels(name, str(partition))),
        )


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
