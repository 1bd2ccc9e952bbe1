"""What a worker counts: dashboards and alert rules of other people ask for these names."""

from prometheus_client import generate_latest

from processors.metrics import WorkerMetrics

NAMES = {
    "floodmark_alerts_total": {"state"},
    "floodmark_rules_info": {"name", "version"},
    "floodmark_rules_file_usable": set[str](),
    "floodmark_rules_reloads_total": set[str](),
    "floodmark_rules_reload_failures_total": set[str](),
    "floodmark_worker_broker_silent_seconds": set[str](),
    "floodmark_worker_clock_ahead_seconds": set[str](),
    "floodmark_worker_crowded_out_scopes_total": set[str](),
    "floodmark_worker_discarded_records_total": {"reason"},
    "floodmark_worker_event_lag_seconds": {"partition"},
    "floodmark_worker_fetch_errors_total": {"topic"},
    "floodmark_worker_folded_records_total": {"dimension"},
    "floodmark_worker_gone_records_total": {"stage"},
    "floodmark_worker_holes_total": {"stage"},
    "floodmark_worker_lag_records": {"stage", "partition"},
    "floodmark_worker_longest_turn_seconds": set[str](),
    "floodmark_worker_lost_tails_total": {"stage"},
    "floodmark_worker_received_records_total": {"stage"},
    "floodmark_worker_skipped_records_total": {"stage"},
    "floodmark_worker_still_seconds": {"stage"},
    "floodmark_worker_stored_offset": {"stage", "partition"},
    "floodmark_worker_stored_values_total": {"stage"},
    "floodmark_worker_waiting_minutes": set[str](),
    "floodmark_worker_watermark_seconds": set[str](),
    "floodmark_worker_write_seconds_count": {"stage"},
}
OF_ANY_PROCESS = ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "python_info")


def filled() -> WorkerMetrics:
    """With a value under every name, also where labels are known only when something happens."""
    metrics = WorkerMetrics()
    metrics.fetch_errors.labels("transactions").inc()
    metrics.lag_of(0).set(1)
    metrics.behind.labels("count", "0").set(1)
    metrics.still_s.labels("count").set(1)
    metrics.rules.info({"name": "mine", "version": "v1"})
    metrics.of_stage("judge").committed(0).set(1)
    return metrics


def test_names_and_labels_are_what_they_have_always_been() -> None:
    found = {
        sample.name: set(sample.labels)
        for family in filled().registry.collect()
        for sample in family.samples
        if family.name.startswith("floodmark_") and not sample.name.endswith(("_created", "_sum", "_bucket"))
    }
    assert found == NAMES


def test_what_every_process_shows_is_there_as_well() -> None:
    page = generate_latest(filled().registry).decode()
    assert [name for name in OF_ANY_PROCESS if f"\n{name}" not in f"\n{page}"] == []


def test_every_count_of_a_known_label_begins_at_zero() -> None:
    registry = WorkerMetrics().registry
    for stage in ("count", "judge"):
        assert registry.get_sample_value("floodmark_worker_received_records_total", {"stage": stage}) == 0
    assert registry.get_sample_value("floodmark_worker_discarded_records_total", {"reason": "too_late"}) == 0
    assert registry.get_sample_value("floodmark_alerts_total", {"state": "resolved"}) == 0
