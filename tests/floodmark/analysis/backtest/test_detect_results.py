"""`floodmark detect`: what it writes of a file, and that it is what the stream says."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from floodmark.analysis.verify.receipt import instant
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.window import TimePolicy
from processors.rules import CLASSIC, load
from processors.stages.records import alert_of
from producers import sample
from producers.files.csv_rows import RowFiles
from schemas.alert import Alert
from schemas.codec import encode
from schemas.export import FOLDER
from tests.floodmark.analysis.backtest.detect_kit import BURST, HEADER, QUIET, judged, lines, said, traffic
from tests.paths import SHARED_FILES
from tests.processors.domain.build import Record, partials, punctuation
from tests.processors.domain.desk import Desk
from tests.processors.domain.traffic import NOON
from tests.processors.domain.traffic import traffic as generated
from tests.rule_texts import many, named

DATA = SHARED_FILES / "data"
real_input = pytest.mark.skipif(not DATA.exists(), reason="the real input lies beside the project, not in it")


def minute(record: dict[str, Any]) -> str:
    """The minute of an alert, as labels name it."""
    return f"{datetime.fromisoformat(record['timestamp']):%Y-%m-%dT%H:%M:00}"


def test_a_burst_is_told_when_it_begins_and_when_it_is_over(tmp_path: Path) -> None:
    out = tmp_path / "alerts.jsonl"
    result = judged("--transactions", traffic(tmp_path), "--alerts", out)
    fired, over = lines(out)
    assert fired["timestamp"] == f"2025-07-12T12:{QUIET}:00Z"
    assert (fired["state"], fired["severity"], fired["dimension"], fired["key"], fired["observed"]) == (
        "firing", "critical", "status", "failed", BURST,
    )  # fmt: skip
    assert (over["state"], over["incident_id"]) == ("resolved", fired["incident_id"])
    assert over["timestamp"] == f"2025-07-12T12:{QUIET + 5}:00Z"
    assert "42 rows, 21 minutes (0.0 days), rules thresholds" in said(result)
    assert "1 incident, " in said(result)
    assert "status failed: 1" in said(result)
    assert f"2025-07-12 12:{QUIET} 12:{QUIET} critical failed" in said(result)


def test_alerts_and_minutes_are_the_records_of_their_topics(tmp_path: Path) -> None:
    alerts, minutes = tmp_path / "a.jsonl", tmp_path / "m.jsonl"
    judged("--transactions", traffic(tmp_path), "--alerts", alerts, "--minutes", minutes)
    for path, name in ((alerts, "alert"), (minutes, "minute")):
        validator = Draft202012Validator(json.loads((FOLDER / f"{name}.schema.json").read_text()))
        found = lines(path)
        assert found
        assert [error.message for record in found for error in validator.iter_errors(record)] == []
    judgements = {(m["minute"], m["key"]): m for m in lines(minutes)}
    assert len(judgements) == len(lines(minutes)) == 21 * 2
    seen = judgements[datetime.fromisoformat(f"2025-07-12T12:{QUIET}:00Z").timestamp() * 1000, "failed"]
    assert (seen["count"], seen["total"], seen["mean"], seen["verdict"]) == (BURST, 100 + BURST, 0.0, "critical")


def test_auth_codes_are_judged_beside_the_statuses_and_add_nothing_to_them(tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("timestamp,auth_code,count\n" + "".join(f"2025-07-12 12:{m:02}:00,51,7\n" for m in range(21)))
    one, both = tmp_path / "one.jsonl", tmp_path / "both.jsonl"
    source = traffic(tmp_path)
    judged("--transactions", source, "--alerts", tmp_path / "a", "--minutes", one)
    judged("--transactions", source, "--auth-codes", codes, "--alerts", tmp_path / "b", "--minutes", both)
    found = Counter((m["dimension"], m["key"], m["count"], m["total"]) for m in lines(both))
    assert found["auth_code", "51", 7, 7] == 21
    offsets = ("offsets",)  # they count the rows of both files
    without = [{k: v for k, v in m.items() if k not in offsets} for m in lines(both) if m["dimension"] == "status"]
    assert without == [{k: v for k, v in m.items() if k not in offsets} for m in lines(one)]


def test_a_date_holds_for_both_files_that_have_times_only(tmp_path: Path) -> None:
    rows, codes = tmp_path / "rows.csv", tmp_path / "codes.csv"
    rows.write_text("time,status,count\n00h 00,approved,10\n23h 59,approved,10\n")
    codes.write_text("time,auth_code,count\n00h 00,51,3\n23h 59,51,4\n")
    out = tmp_path / "m.jsonl"
    judged(
        "--transactions", rows, "--auth-codes", codes, "--date", "2025-07-12", "--alerts", tmp_path / "a",
        "--minutes", out,
    )  # fmt: skip
    counted = {(m["minute"], m["key"]): m["count"] for m in lines(out) if m["count"]}
    first, last = 1_752_278_400_000, 1_752_364_740_000
    assert counted == {(first, "approved"): 10, (last, "approved"): 10, (first, "51"): 3, (last, "51"): 4}


def test_the_rules_that_are_given_are_the_ones_that_judge(tmp_path: Path) -> None:
    rules = tmp_path / "deaf.toml"
    rules.write_text(named("deaf", many(9)))
    source, out = traffic(tmp_path), tmp_path / "alerts.jsonl"
    result = judged("--transactions", source, "--alerts", out, "--rules", rules)
    assert lines(out) == []
    assert "rules deaf" in said(result)
    rules.write_text(rules.read_text().replace("above = 9", "above = 8"))
    judged("--transactions", source, "--alerts", out, "--rules", rules)
    assert [(a["state"], a["rules"]) for a in lines(out)] == [("firing", ["many"]), ("resolved", ["many"])]


@pytest.mark.parametrize(("hours", "after"), [("1", 60), ("2.5", 150)])
def test_a_silence_ends_an_incident_after_the_time_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: str, after: int
) -> None:
    minutes = [*range(180), 400]
    rows = "".join(f"{instant(NOON + m).isoformat()},{key},{c}\n" for m in minutes
                   for key, (c, _) in generated(NOON + m)["status"].items())  # fmt: skip
    (tmp_path / "rows.csv").write_text(HEADER + rows)
    monkeypatch.setenv("FLOODMARK_GIVE_UP_AFTER_H", hours)
    judged("--transactions", tmp_path / "rows.csv", "--alerts", tmp_path / "out.jsonl", "--rules", "default")
    over = [each for each in lines(tmp_path / "out.jsonl") if each["state"] == "resolved"]
    assert [each["timestamp"] for each in over] == [instant(NOON + 179 + after).isoformat().replace("+00:00", "Z")]


def test_the_same_files_give_the_same_bytes_in_any_order_of_rows(tmp_path: Path) -> None:
    source = traffic(tmp_path)
    header, *rows = source.read_text().splitlines(keepends=True)
    (tmp_path / "by status.csv").write_text(header + "".join(rows[::2] + rows[1::2]))
    written = []
    for number, path in enumerate((source, source, tmp_path / "by status.csv")):
        alerts, minutes = tmp_path / f"a{number}", tmp_path / f"m{number}"
        judged("--transactions", path, "--alerts", alerts, "--minutes", minutes)
        written.append((alerts.read_bytes(), minutes.read_bytes()))
    assert written[0] == written[1]
    assert written[0][0] == written[2][0]


def test_every_incident_of_the_sample_is_found_while_it_lasts(tmp_path: Path) -> None:
    transactions, codes = sample.paths()
    out = tmp_path / "alerts.jsonl"
    judged("--transactions", transactions, "--auth-codes", codes, "--alerts", out)
    fired = [alert for alert in lines(out) if alert["state"] == "firing"]
    labels = [label for label in json.loads(sample.labels().read_text()) if label["expect"] == "alert"]
    assert len(labels) == 4
    for label in labels:
        hits = [a for a in fired if a["key"] == label["status"] and label["start"] <= minute(a) <= label["end"]]
        assert hits, label["type"]
    quiet = [a for a in fired if not any(label["start"] <= minute(a) <= label["end"] for label in labels)]
    assert len(quiet) <= 6, "default rules page about so often without a cause on a day of the sample"


@pytest.mark.story
@pytest.mark.parametrize("name", ["default", "thresholds"])
def test_the_stream_says_the_same_of_the_sample_however_it_is_spread(tmp_path: Path, name: str) -> None:
    """Three partitions in turns, in chunks of another size than the command's, merged by the judge's watermarks."""
    out = tmp_path / "alerts.jsonl"
    judged("--transactions", sample.paths()[0], "--alerts", out, "--rules", name)
    rules, policy, sources = load(Path(name)), TimePolicy(), 3
    split: list[list[Record]] = [[] for _ in range(sources)]
    for number, row in enumerate(RowFiles([sample.paths()[0]])):
        part = split[number % sources]
        place = (row.scope, row.status, row.auth_code)
        part.append(Record(len(part), row.timestamp_ms, place, row.count, row.amount or 0))
    last_ms = max(part[-1].time_ms for part in split)
    desk = Desk(rules, policy)
    told = []
    for source, part in enumerate(split):
        part.append(punctuation(len(part), last_ms + 60_000))
        chunks = [(part[i : i + 97], part[i : i + 97][-1].offset) for i in range(0, len(part), 97)]
        told.append(partials(PartitionCount(policy), source, sources, chunks))
    for turn in range(max(map(len, told))):
        for source in told:
            if turn < len(source):
                desk.tell(source[turn])
    stream = [encode(alert_of(statement, rules, 0)) for statement in desk.statements]
    assert out.read_bytes() == b"".join(line + b"\n" for line in stream)
    assert stream


@pytest.mark.story
@real_input
def test_the_golden_minute_is_in_both_files(tmp_path: Path) -> None:
    alerts, minutes = tmp_path / "alerts.jsonl", tmp_path / "minutes.jsonl"
    judged(
        "--transactions", DATA / "transactions.csv", "--rules", CLASSIC, "--alerts", alerts, "--minutes", minutes
    )  # fmt: skip
    (golden,) = [a for a in lines(alerts) if a["timestamp"] == "2025-07-12T18:07:00Z" and a["key"] == "reversed"]
    assert golden["state"] == "firing"
    numbers = golden["observed"], *(round(golden[name], 4) for name in ("mean", "std", "z"))
    assert numbers == (5, 1.1667, 1.1769, 3.2572)
    judgements = lines(minutes)
    fired = [m for m in judgements if m["rules"]]
    assert Counter(m["key"] for m in fired) == {"denied": 28, "reversed": 12, "failed": 6}
    seen = next(m for m in fired if (m["minute"], m["key"]) == (1_752_343_620_000, "reversed"))
    assert [seen[name] for name in ("count", "mean", "std", "z")] == [
        golden[name] for name in ("observed", "mean", "std", "z")
    ]


@pytest.mark.story
@real_input
def test_the_real_files_come_out_exact_in_both_dimensions(tmp_path: Path) -> None:
    alerts, minutes = tmp_path / "alerts.jsonl", tmp_path / "minutes.jsonl"
    result = judged(
        "--transactions", DATA / "transactions.csv", "--auth-codes", DATA / "transactions_auth_codes.csv",
        "--alerts", alerts, "--minutes", minutes,
    )  # fmt: skip
    totals: Counter[tuple[str, str]] = Counter()
    for m in lines(minutes):
        totals[m["dimension"], m["key"]] += m["count"]
    wanted: Counter[tuple[str, str]] = Counter()
    for row in RowFiles([DATA / "transactions.csv", DATA / "transactions_auth_codes.csv"]):
        wanted["status" if row.status else "auth_code", row.status or row.auth_code or ""] += row.count
    assert totals == wanted
    assert totals["status", "approved"] == 504_622
    assert "38,880 rows, 4,320 minutes (3.0 days)" in said(result)
    told = [Alert.model_validate(alert) for alert in lines(alerts)]
    revisions: dict[str, list[int]] = {}
    for alert in told:
        revisions.setdefault(alert.incident_id, []).append(alert.revision)
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())
