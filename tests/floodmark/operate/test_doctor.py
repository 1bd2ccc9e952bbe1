import json
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from floodmark.cli import app as floodmark
from floodmark.commands.doctor import app
from floodmark.local.up.datadir import DataDir
from floodmark.local.up.running import Running, announce, running
from floodmark.operate.doctor import CheckFinding, exit_code
from floodmark.operate.doctor.cluster import judge_group, judge_topics
from floodmark.operate.doctor.components import components, judge_notifier, judge_pages
from floodmark.operate.doctor.deleted import judge_deleted
from floodmark.operate.doctor.left_out import judge_late, judge_letters
from floodmark.operate.doctor.local import GIB, disk, rules
from floodmark.operate.doctor.unreached import judge_unreached
from floodmark.operate.topics.differences import There
from runtime import http_health
from runtime.kafka.topics import TopicState
from schemas.alert import Alert
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics, TopicSpec
from sinks.notify.receipts import DeliveryReceipt, What

SPECS = Topics().specs(6)
PARTITIONS = {spec.name: spec.partitions for spec in SPECS}


def judged(
    partitions: Mapping[str, int], settings: Mapping[str, Mapping[str, str]], specs: tuple[TopicSpec, ...] = SPECS
) -> Iterator[CheckFinding]:
    """What is said of topics with so many partitions and these settings."""
    states = {name: TopicState(name, number, 1, None) for name, number in partitions.items()}
    return judge_topics(Topics(), specs, There(states, settings))


def test_the_exit_code_is_the_worst_that_was_found() -> None:
    ok, warn, fail = (CheckFinding("x", level, "") for level in ("ok", "warn", "fail"))
    assert exit_code([ok, warn]) == 0
    assert exit_code([ok, fail]) == 1
    assert exit_code([fail, CheckFinding("broker", "fail", "", unreachable=True)]) == 3


def test_right_topics_are_one_good_finding() -> None:
    (finding,) = judged(PARTITIONS, {})
    assert (finding.level, finding.found) == ("ok", f"{len(SPECS)} topics, 6 partitions for transactions")


def test_missing_topics_are_named() -> None:
    (finding,) = judged({n: p for n, p in PARTITIONS.items() if n != "alerts"}, {})
    assert (finding.level, finding.found) == ("fail", "missing: alerts")


@pytest.mark.parametrize(
    ("topic", "by"),
    [("partials", "floodmark-judgements-changelog"), ("floodmark-counts-changelog", "transactions")],
)
def test_partitions_that_do_not_fit_together_fail_and_a_worker_mends_them(topic: str, by: str) -> None:
    (finding,) = judged({**PARTITIONS, topic: 3}, {})
    assert (finding.level, finding.found) == ("fail", f"{topic} has 3 partitions, {by} needs 6")
    assert "Start a worker" in finding.advice


def test_judges_that_stayed_as_many_when_partitions_were_added_are_right() -> None:
    specs = Topics().specs(12)
    there = {spec.name: spec.partitions for spec in specs} | {
        "partials": 6,
        "floodmark-judgements-changelog": 6,
        "minutes": 6,
    }
    (finding,) = judged(there, {}, specs)
    assert finding.level == "ok"


def test_a_setting_that_loses_data_is_warned_about_with_the_command_that_mends_it() -> None:
    (finding,) = judged(PARTITIONS, {"alerts": {"cleanup.policy": "delete"}})
    assert finding.level == "warn"
    assert finding.advice == "kafka-configs --alter --topic alerts --add-config cleanup.policy=compact"


@pytest.mark.parametrize(
    ("alive", "behind", "level"), [(2, 0, "ok"), (2, 10**6, "warn"), (0, 0, "warn"), (0, 5, "fail"), (None, 5, "ok")]
)
def test_a_group_is_judged_by_who_is_there_and_how_far_behind(alive: int | None, behind: int, level: str) -> None:
    assert judge_group("workers", alive, behind, "floodmark worker").level == level


@pytest.mark.parametrize(("free", "level"), [(10 * GIB, "ok"), (GIB, "warn"), (GIB // 8, "fail")])
def test_a_disk_that_runs_full_is_said_in_time(tmp_path: Path, free: int, level: str) -> None:
    assert disk(tmp_path / "not" / "yet", lambda _place: free).level == level


def test_a_wrong_rule_file_is_named_with_its_line(tmp_path: Path) -> None:
    assert rules(None).level == "ok"
    (tmp_path / "r.toml").write_text('name = "x"\nnonsense = 1\n')
    finding = rules(tmp_path / "r.toml")
    assert finding.level == "fail"
    assert "r.toml:2" in finding.found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands wait for no broker for long."""
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")


@pytest.mark.usefixtures("impatient")
def test_without_a_broker_the_answer_is_3_and_says_so_as_json(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        result = CliRunner().invoke(app, ["--broker", address, "--data-dir", str(tmp_path), "--format", "json"])
    assert result.exit_code == 3
    found = {finding["check"]: finding for finding in json.loads(result.stdout)}
    assert found["broker"]["level"] == "fail"
    assert found["store"]["found"] == f"no store runs on {tmp_path}"
    assert found["rules"]["level"] == "ok"
    assert "topics" not in found


def test_a_running_up_is_found_by_its_data_directory(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    with DataDir(tmp_path) as data:
        assert running(tmp_path) is None
        announce(data, Running("127.0.0.1:5", "x."))
        assert running(tmp_path) == Running("127.0.0.1:5", "x.")
    assert running(tmp_path) is None


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "words", [("dlq", "list"), ("dlq", "replay"), ("ack", "an-incident", "--by", "ann"), ("doctor",)]
)
def test_commands_of_the_one_on_duty_go_to_the_broker_of_the_running_up(tmp_path: Path, words: tuple[str, ...]) -> None:
    with socket.socket() as nobody, DataDir(tmp_path) as data:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        announce(data, Running(address, "x."))
        result = CliRunner().invoke(floodmark, [*words, "--data-dir", str(tmp_path)], env={"COLUMNS": "200"})
        assert (result.exit_code, address in result.output) == (3, True), result.output
        elsewhere = CliRunner().invoke(floodmark, [*words, "--data-dir", str(tmp_path), "--broker", "127.0.0.1:1"])
    assert (elsewhere.exit_code, address in elsewhere.output) == (3, False), elsewhere.output


def test_dead_letters_and_late_records_are_told_with_their_reasons_and_what_to_do() -> None:
    about = [DeadLetter(topic="t", partition=0, offset=n, reason="type", field="count") for n in range(3)]
    letters = judge_letters(1234, [*about, None])
    assert letters.level == "warn"
    assert letters.found == "1,234 dead letters, none of them counted; of the last 4: type (count) 3, foreign 1"
    assert "floodmark dlq list" in letters.advice
    late = judge_late(1)
    assert (late.level, late.found) == ("warn", "1 record came too late to be counted")
    assert "--rebase now" in late.advice
    assert judge_letters(0, []).level == judge_late(0).level == "ok"


def test_records_that_were_deleted_unread_are_told_with_when_and_how_many() -> None:
    def alert(key: str, state: Literal["firing", "resolved"], hour: int, records: int) -> Alert:
        noon = datetime(2026, 7, 12, hour, tzinfo=UTC)
        words = f"stream of all gone: records were deleted: {records} of source partition 1"
        return Alert(
            incident_id=f"{key}{hour}", state=state, severity="critical", rules=[], scope="all", dimension="stream",
            key=key, timestamp=noon, since=noon, last_seen=noon, observed=0, score=75.0, summary=words,
            recommendation="", runbook="", rule_set="v1",
        )  # fmt: skip

    told = [alert("gone", "firing", 10, 7), alert("silent", "firing", 11, 0), alert("gone", "firing", 12, 3426)]
    finding = judge_deleted([*told, alert("gone", "resolved", 12, 3426)])
    assert finding.level == "warn"
    assert finding.found == (
        "2 times lately, the last at 2026-07-12 12:00 UTC: records were deleted: 3426 of source partition 1"
    )
    assert "retention" in finding.advice
    assert judge_deleted(told[1:2]).level == "ok"


@pytest.mark.parametrize(
    ("alive", "behind", "level"), [(1, 0, "ok"), (1, 3, "warn"), (0, 3, "fail"), (0, 0, "ok"), (None, 3, "warn")]
)
def test_alerts_that_wait_for_the_webhook_are_told(alive: int | None, behind: int, level: str) -> None:
    finding = judge_pages(alive, behind)
    assert finding.level == level
    assert ("3 alerts" in finding.found) == bool(behind)


@pytest.mark.parametrize(
    ("alive", "behind", "overdue", "level", "says"),
    [
        (1, 0, {}, "ok", "no page is overdue"),
        (None, 0, {}, "ok", "the broker does not tell how many run"),
        (2, 3, {}, "warn", "3 alerts behind"),
        (0, 3, {}, "fail", "none runs, 3 alerts wait"),
        (0, 0, None, "fail", "none runs"),
        (1, 0, {"pager": 2, "chat": 1}, "fail", "within five minutes: 1 for chat, 2 for pager"),
        (1, 0, None, "warn", "is not known"),
    ],
)
def test_a_notifier_that_tells_nobody_and_channels_that_take_nothing_are_named(
    alive: int | None, behind: int, overdue: dict[str, int] | None, level: str, says: str
) -> None:
    finding = judge_notifier(alive, behind, None if overdue is None else Counter(overdue))
    assert (finding.check, finding.level) == ("notifier", level)
    assert says in finding.found


def test_what_a_process_here_complains_of_is_a_failure_with_what_to_do(tmp_path: Path) -> None:
    with (
        DataDir(tmp_path) as data,
        http_health.serve("127.0.0.1", 0, lambda: (True, "")) as well,
        http_health.serve("127.0.0.1", 0, lambda: (False, "5 held: 401"), needs_people=lambda: True) as held,
    ):
        announce(data, Running("127.0.0.1:9", ""))
        http_health.announce(data.announcements / "worker-1.json", well.url)
        (finding,) = components(tmp_path)
        assert (finding.level, finding.found) == ("ok", "1 running, all say that they are well")
        http_health.announce(data.announcements / "webhook.json", held.url)
        (finding,) = components(tmp_path)
        assert (finding.check, finding.level, finding.found) == ("webhook", "fail", "5 held: 401")
        assert "nothing is lost" in finding.advice
    assert list(components(tmp_path)) == []


def test_what_a_process_here_says_although_it_is_well_is_passed_on(tmp_path: Path) -> None:
    remark = "reading: nothing more on the broker; minutes are judged without source partition 2"
    with DataDir(tmp_path) as data, http_health.serve("127.0.0.1", 0, lambda: (True, remark)) as well:
        announce(data, Running("127.0.0.1:9", ""))
        http_health.announce(data.announcements / "worker-1.json", well.url)
        told, all_well = components(tmp_path)
    assert (told.check, told.level) == ("worker-1", "warn")
    assert told.found == "it is well, and says: minutes are judged without source partition 2"
    assert all_well.level == "ok"


def receipt(what: What, minute: int, name: str = "n", **fields: Any) -> DeliveryReceipt:
    """One thing that became of a page in that minute of a day."""
    at_ms = minute * 60_000
    page = DeliveryReceipt(name, 1, "chat", "payments", "all", "open", what, ["i1"], "critical", 0, at_ms, 0, 0, "")
    return replace(page, **fields)


class TestPagesThatReachedNobody:
    def test_each_is_named_with_its_team_its_channel_and_why(self) -> None:
        finding = judge_unreached(
            [receipt("refused", 3, detail="Chat answered 400"), receipt("unreached", 3), receipt("delivered", 4, "m")],
            4 * 60_000,
        )
        assert (finding.check, finding.level) == ("pages to nobody", "fail")
        assert finding.found == (
            "1 in the last day: i1 at 1970-01-01 00:03 UTC, for payments, chat was the last channel: Chat answered 400"
        )
        assert "floodmark dlq replay" in finding.advice

    def test_what_was_told_afterwards_is_told_apart_from_what_nobody_knows(self) -> None:
        told = [receipt("unreached", 3), receipt("delivered", 9, kind="repeat")]
        assert judge_unreached(told, 10 * 60_000).level == "warn"
        both = judge_unreached([*told, receipt("unreached", 9, "m", incidents=["i2"])], 10 * 60_000)
        assert both.level == "fail"
        assert both.found.startswith("1 in the last day: i2 at ")
        assert both.found.endswith("; and 1 that were told afterwards")

    def test_the_end_of_an_incident_is_no_page_so_that_it_reaches_nobody_afterwards(self) -> None:
        ended = [receipt("unreached", 3), receipt("delivered", 9, kind="passed")]
        assert judge_unreached(ended, 10 * 60_000).level == "fail"

    def test_drills_and_what_is_older_than_a_day_do_not_count(self) -> None:
        old = [receipt("unreached", 1), receipt("unreached", 1500, drill=True)]
        assert judge_unreached(old, 1500 * 60_000) == CheckFinding("pages to nobody", "ok", "none in the last day")

    def test_of_many_the_last_are_named_and_no_word_of_others_steers_a_terminal(self) -> None:
        many = [receipt("unreached", 3, f"n{n}", incidents=["\x1b[31m" + "x" * 900] * 5) for n in range(9)]
        finding = judge_unreached(many, 4 * 60_000)
        assert finding.found.startswith("9 in the last day (the last 3 are named): ")
        assert finding.found.isprintable()
        assert len(finding.found) < 2_000
