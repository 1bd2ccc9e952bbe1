"""`floodmark verify` on a real store: equal alerts, and what it says of those that are not."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from floodmark.analysis.verify.receipt import instant
from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.window import TimePolicy, end_ms, start_ms
from processors.rules import DEFAULT, load
from schemas.instants import stretch
from tests.floodmark.analysis.verify.verify_kit import (
    LAST,
    QUIET,
    SOURCES,
    START,
    Recorded,
    at,
    held,
    live,
    partials,
    record,
    run,
    split,
)
from tests.processors.domain.traffic import traffic
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess


@pytest.mark.story
def test_an_alert_is_proved_equal_with_the_rules_the_minutes_and_the_offsets_it_rests_on(recorded: Recorded) -> None:
    result = recorded.verify()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("equal: warning status denied in all since ")
    receipt = recorded.receipt()
    assert (receipt["equal"], receipt["differences"], receipt["reasons"]) == (True, [], [])
    assert receipt["alert"]["state"] == "resolved"
    assert receipt["rule_set"]["version"] == load().version
    judged = recorded.store.rows("SELECT toUnixTimestamp(timestamp) FROM DB.alerts")[0][0] // 60
    assert receipt["minutes"]["from"] == instant(START).isoformat()
    assert receipt["minutes"]["to"] == instant(judged).isoformat()
    assert receipt["minutes"]["with_data"] == judged - START + 1
    assert receipt["offsets"] == {str(source): {"from": START, "to": judged} for source in (0, 1)}


def test_anyone_can_make_the_hash_again_from_what_was_counted(recorded: Recorded) -> None:
    receipt = recorded.receipt()
    judged = START + receipt["minutes"]["with_data"] - 1
    digest = sha256()
    for minute in range(START, judged + 1):
        counts = {
            dimension: {key: [count, count * 1000] for key, (count, _) in sorted(keys.items()) if count}
            for dimension, keys in sorted(held(minute).items())
        }
        line = json.dumps([start_ms(minute), counts, {"0": minute, "1": minute}], separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    assert receipt["minutes"]["sha256"] == digest.hexdigest()


def test_each_revision_that_is_still_stored_is_held_against_what_was_known_then(recorded: Recorded) -> None:
    revisions = recorded.receipt()["revisions"]
    numbers = [each["revision"] for each in revisions]
    assert numbers == sorted(set(numbers))
    assert [each["equal"] for each in revisions] == [True] * len(revisions)
    assert revisions[-1]["state"] == "resolved"


def test_an_open_incident_is_equal_up_to_what_was_said_last(store: OnStore) -> None:
    recorded = record(store, partials(START, START + QUIET + 5))
    receipt = recorded.receipt()
    assert receipt["alert"]["state"] in ("firing", "updated")
    assert receipt["equal"], receipt


def test_late_data_that_changed_the_alert_are_in_the_proof(store: OnStore) -> None:
    told = partials(START, START + QUIET + 6)
    minute = START + QUIET + 2
    more = {"status": {**split(held(minute), 0)["status"], "denied": [90, 90_000]}}
    late = PartialMinute(minute, "all", START + LAST, more)
    told.append(Partial(0, 2, 1, START + LAST, end_ms(START + QUIET + 6), minutes=[late]))
    recorded = record(store, told)
    assert store.rows(f"SELECT revision > 1 FROM DB.minutes WHERE minute = {at(minute)} AND key = 'denied'") == [(1,)]
    receipt = recorded.receipt()
    assert receipt["alert"]["state"] == "amended"
    assert receipt["equal"], receipt
    assert receipt["offsets"]["0"]["to"] == START + LAST


def test_an_incident_that_late_data_took_back_is_equal_when_there_is_none(store: OnStore) -> None:
    told = partials(START, START + QUIET + 2)
    for minute in range(START + QUIET, START + QUIET + 3):
        for source in (0, 1):
            as_ever = PartialMinute(minute, "all", START + LAST, split(traffic(minute), source))
            told.append(Partial(source, 2, 1, START + LAST, end_ms(START + QUIET + 2), minutes=[as_ever]))
    recorded = record(store, told)
    assert set(store.rows("SELECT state FROM DB.alerts")) == {("withdrawn",)}
    assert recorded.verify().exit_code == 0


def test_rules_without_a_memory_are_verified_over_a_silence(store: OnStore) -> None:
    def counts(minute: int) -> dict[str, dict[str, list[int]]]:
        if 30 <= minute - START < 40:
            return {}
        return {"status": {"approved": [100, 0], "failed": [9 if minute - START == 60 else 0, 0]}}

    told = partials(START, START + 70, counts)
    told = [each for each in told if each.minutes[0].counts]
    recorded = record(store, told, "thresholds")
    receipt = recorded.receipt()
    assert receipt["equal"], receipt
    assert receipt["minutes"]["stored"] - receipt["minutes"]["with_data"] == 10


def test_a_scope_that_was_given_up_is_judged_by_the_time_that_the_workers_have(
    store: OnStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = START + QUIET - 1
    silence = [Partial(source, SOURCES, 1, 2 * last, end_ms(last + 200)) for source in range(SOURCES)]
    policy = TimePolicy(max_gap_minutes=60)
    recorded = record(store, [*partials(START, last), *silence], policy=policy)
    monkeypatch.setenv("FLOODMARK_GIVE_UP_AFTER_H", "1")
    receipt = recorded.receipt()
    assert receipt["equal"], receipt
    assert receipt["alert"]["state"] == "resolved"
    assert receipt["minutes"]["to"] == instant(last + 60).isoformat()
    assert receipt["settings"]["FLOODMARK_GIVE_UP_AFTER_H"] == {"value": 1.0, "is_set": True}
    monkeypatch.delenv("FLOODMARK_GIVE_UP_AFTER_H")
    receipt = recorded.receipt()
    assert not receipt["equal"]
    assert receipt["settings"]["FLOODMARK_GIVE_UP_AFTER_H"] == {"value": 24.0, "is_set": False}
    assert receipt["reasons"][0] == (
        "The worker gave a silent scope up after 1 h, and here that is FLOODMARK_GIVE_UP_AFTER_H=24 (default): "
        "set FLOODMARK_GIVE_UP_AFTER_H=1 as it is there, and verify again."
    )


def test_minutes_that_were_not_trusted_are_not_trusted_again(store: OnStore) -> None:
    recorded = record(store, live(START, START + LAST, range(START + QUIET - 30, START + QUIET - 10)))
    assert store.rows("SELECT count() > 5 FROM DB.minutes WHERE verdict = 'unknown' AND key = 'denied'") == [(1,)]
    assert store.rows(f"SELECT key FROM DB.alerts WHERE incident_id = '{recorded.incident_id}'") == [("denied",)]
    receipt = recorded.receipt()
    assert receipt["equal"], receipt


def test_an_alert_of_the_stream_itself_rests_on_no_minutes(store: OnStore) -> None:
    record(store, live(START, START + LAST, range(START + QUIET - 30, START + QUIET - 10)))
    ((incident_id,),) = store.rows("SELECT incident_id FROM DB.alerts WHERE dimension = 'stream'")
    result = run(incident_id, "--dsn", store.dsn)
    assert result.exit_code == 2
    assert "the stream itself could not be trusted (source_silent)" in result.stderr


# --- differences -------------------------------------------------------------


def test_a_count_that_was_changed_is_found_with_its_minute(own: Recorded) -> None:
    minute = START + QUIET + 1
    own.change(
        f"ALTER TABLE DB.minute_versions UPDATE count = count + 40 WHERE minute = {at(minute)} AND key = 'denied'"
    )
    result = own.verify()
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("different: ")
    assert f"The counts of status at {instant(minute):%Y-%m-%d %H:%M} UTC add up to" in result.stdout
    receipt = own.receipt()
    assert "estimated_loss" in {each["field"] for each in receipt["differences"]}


def test_a_count_that_was_changed_with_its_total_is_found_with_what_it_did_to_the_minute(own: Recorded) -> None:
    minute = START + QUIET + 1
    own.change(
        f"ALTER TABLE DB.minute_versions UPDATE count = count + 40 * (key = 'denied'), total = total + 40 "
        f"WHERE minute = {at(minute)} AND dimension = 'status'"
    )
    result = own.verify()
    assert result.exit_code == 1, result.output
    assert (
        f"The first minute that is judged otherwise is {instant(minute):%Y-%m-%d %H:%M} UTC, status " in result.stdout
    )


def test_an_alert_that_was_changed_is_told_field_by_field(own: Recorded) -> None:
    own.change("ALTER TABLE DB.alert_versions UPDATE severity = 'info', observed = 3 WHERE 1")
    differences = {each["field"]: each for each in own.receipt()["differences"]}
    assert set(differences) == {"severity", "observed"}
    assert (differences["severity"]["stored"], differences["severity"]["recomputed"]) == ("info", "warning")


def test_a_history_that_does_not_reach_back_is_the_reason(own: Recorded) -> None:
    cut = START + QUIET - 20
    own.change(f"ALTER TABLE DB.minute_versions DELETE WHERE minute < {at(cut)}")
    receipt = own.receipt()
    assert [each["recomputed"] for each in receipt["differences"]] == ["none"]
    assert f"the first stored minute is {instant(cut):%Y-%m-%d %H:%M}" in " ".join(receipt["reasons"])


def test_minutes_that_are_missing_in_between_are_named(own: Recorded) -> None:
    first, last = START + QUIET, START + QUIET + 3
    own.change(f"ALTER TABLE DB.minute_versions DELETE WHERE minute >= {at(first)} AND minute <= {at(last)}")
    result = own.verify()
    assert result.exit_code == 1
    named = f"from {stretch(instant(first), instant(last))} are missing in the store"
    assert named in result.stdout


def test_without_any_minute_of_the_scope_it_asks_for_the_sink(own: Recorded) -> None:
    own.change("ALTER TABLE DB.minute_versions DELETE WHERE 1")
    result = own.verify()
    assert result.exit_code == 1
    assert "does the sink write into this store?" in result.stdout


# --- refusals ----------------------------------------------------------------


def test_a_rule_file_that_did_not_raise_the_alert_is_refused(recorded: Recorded, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(DEFAULT.read_text().replace("resolve_after = 3", "resolve_after = 4"))
    result = recorded.verify("--rules", wrong)
    assert result.exit_code == 2
    assert f"raised by rule set {load().version}" in result.stderr
    assert f"{wrong} is {load(wrong).version}" in result.stderr
    assert "leave --rules out" in result.stderr
    assert recorded.verify("--rules", wrong, "--rules", DEFAULT).exit_code == 0


def test_an_alert_of_rules_that_are_not_at_hand_asks_for_their_file(own: Recorded) -> None:
    own.change("ALTER TABLE DB.alert_versions UPDATE rule_set = '0123456789ab' WHERE 1")
    result = own.verify()
    assert result.exit_code == 2
    assert "Give --rules the file as it was when the alert was raised" in result.stderr


@pytest.mark.parametrize("wrong", ["0000000000000000", "it's \\ not one"])
def test_an_unknown_incident_is_answered_with_those_there_are(recorded: Recorded, wrong: str) -> None:
    result = run(wrong, "--dsn", recorded.store.dsn)
    assert result.exit_code == 2
    assert recorded.incident_id in result.stderr
    assert "lists them" in result.stderr


def test_without_a_store_it_says_how_to_get_one(tmp_path: Path) -> None:
    result = run("0000000000000000", "--data-dir", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "Start one with `floodmark up`" in result.stderr


@pytest.mark.store
@pytest.mark.story
def test_a_store_is_asked_while_it_runs_and_when_it_is_stopped(tmp_path: Path) -> None:
    process = StoreProcess(tmp_path)
    process.start()
    try:
        on_store = OnStore(process)
        on_store.database, on_store.dsn = "floodmark", process.dsn("floodmark")
        incident_id = record(on_store).incident_id
        on_store.sink.close()
        on_store.client.close()
        assert run(incident_id, "--data-dir", tmp_path).exit_code == 0
    finally:
        process.stop()
    stopped = run(incident_id, "--data-dir", tmp_path)
    assert stopped.exit_code == 0, stopped.output
