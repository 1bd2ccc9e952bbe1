"""`floodmark detect --compare`: what another rule set adds, loses, finds earlier or later on the same rows."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floodmark.analysis.compare.episodes import Episode, episodes
from processors.domain.incidents.incident import Incident
from processors.domain.verdict import MinuteVerdict
from processors.offline import OfflineRow, judge_rows, judge_rows_by_each
from processors.rules import load
from tests.floodmark.analysis.backtest.detect_kit import BURST, HEADER, QUIET, detect, judged, said, traffic
from tests.rule_texts import many, named

SEEN = MinuteVerdict(0, "all", "status", "denied", count=1, total=1, amount=0, verdict="warning")
FACETS = {"auth_code": "denied"}


def incident(key: str, since: int, opened: int, until: int, *members: str, **other: Any) -> Incident:
    dimension, _, name = key.rpartition("|")
    made = Incident(
        id=f"{key}{since}{opened}",
        scope="all",
        dimension=dimension or "status",
        key=name,
        since=since,
        opened=opened,
        last_seen=until,
        judged=until,
        resolved=True,
        severity="warning",
        score=50.0,
        peak=1,
        minutes=1,
        rules=("r",),
        seen=SEEN,
        members=members,
    )
    return replace(made, **other)


def rules(folder: Path, name: str, above: int, key: str = "failed") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(named(name, many(above, keys=[key])))
    return path


def compared(base: Path | str, other: Path | str, source: Path, folder: Path) -> dict[str, Any]:
    result = judged(
        "--transactions", source, "--alerts", folder / "a.jsonl", "--rules", base, "--compare", other, "--json"
    )  # fmt: skip
    told: dict[str, Any] = json.loads(result.stdout)["comparison"]
    return told


# --- which incidents are about the same --------------------------------------


def changes(base: list[Incident], other: list[Incident]) -> list[tuple[str, int]]:
    return [(episode.change, episode.minutes) for episode in episodes(base, other, FACETS)]


def test_what_only_one_finds_is_lost_or_added() -> None:
    assert changes([incident("denied", 1, 3, 9)], []) == [("lost", 0)]
    assert changes([], [incident("denied", 1, 3, 9)]) == [("added", 0)]


@pytest.mark.parametrize(("opened", "change"), [(2, ("earlier", -1)), (3, ("same", 0)), (5, ("later", 2))])
def test_what_both_find_is_earlier_later_or_the_same_by_the_minute_of_opening(
    opened: int, change: tuple[str, int]
) -> None:
    assert changes([incident("denied", 1, 3, 9)], [incident("denied", 1, opened, 9)]) == [change]


def test_incidents_of_one_key_that_do_not_overlap_are_two() -> None:
    assert changes([incident("denied", 1, 3, 9)], [incident("denied", 10, 12, 15)]) == [("lost", 0), ("added", 0)]
    assert changes([incident("denied", 1, 3, 9)], [incident("denied", 9, 12, 15)]) == [("later", 9)]


def test_other_keys_and_scopes_are_other_things() -> None:
    base = incident("denied", 1, 3, 9)
    assert changes([base], [incident("failed", 1, 3, 9)]) == [("lost", 0), ("added", 0)]
    assert {change for change, _ in changes([base], [replace(base, id="x", scope="shop")])} == {"added", "lost"}


def test_a_code_is_about_the_status_that_it_is_a_facet_of() -> None:
    assert changes([incident("denied", 1, 3, 9)], [incident("auth_code|51", 1, 4, 9)]) == [("later", 1)]
    assert changes([incident("failed", 1, 3, 9)], [incident("auth_code|51", 1, 4, 9)]) == [("added", 0), ("lost", 0)]


def test_members_of_an_incident_are_what_it_is_about_too() -> None:
    base = incident("volume|total", 1, 3, 9, "status|denied", "volume|total")
    assert changes([base], [incident("denied", 2, 4, 9)]) == [("later", 1)]


def test_one_long_incident_and_three_short_ones_are_one_episode() -> None:
    short = [incident("denied", at, at + 1, at + 2) for at in (1, 10, 20)]
    (only,) = episodes([incident("denied", 1, 3, 30)], short, FACETS)
    assert (only.change, len(only.base), len(only.other)) == ("earlier", 1, 3)
    assert [i.opened for i in only.other] == [2, 11, 21]


def test_the_same_minute_with_another_severity_or_more_pages_is_told_too() -> None:
    one = incident("denied", 1, 3, 9)
    assert not Episode((one,), (one,)).is_noticeable
    assert Episode((one,), (replace(one, severity="critical"),)).is_noticeable
    assert Episode((one,), (one, replace(one, id="x"))).is_noticeable


# --- the command -------------------------------------------------------------


def test_both_are_judged_in_one_pass_and_each_says_what_it_says_alone() -> None:
    rows = [
        OfflineRow(minute * 60_000, status, None, count, "all", 0)
        for minute in range(60)
        for status, count in (("approved", 100), ("denied", 40 if 30 <= minute < 40 else 5))
    ]
    sets = [load(Path("thresholds")), load(Path("classic"))]
    taken = iter(rows)
    both = list(judge_rows_by_each(taken, sets))
    assert next(taken, None) is None
    for number, rule_set in enumerate(sets):
        alone = list(judge_rows(rows, rule_set))
        assert [findings[number] for findings in both] == alone
        assert any(finding.statements for finding in alone)


def test_a_stricter_rule_loses_and_a_laxer_one_adds(tmp_path: Path) -> None:
    source = traffic(tmp_path)
    lax, strict = rules(tmp_path, "lax", BURST - 1), rules(tmp_path, "strict", BURST)
    told = compared(lax, strict, source, tmp_path)
    assert told["changes"] == {"added": 0, "lost": 1, "earlier": 0, "later": 0, "same": 0}
    (episode,) = told["episodes"]
    assert (episode["change"], episode["other"]) == ("lost", [])
    assert (episode["base"][0]["key"], episode["base"][0]["opened"]) == ("failed", f"2025-07-12T12:{QUIET}:00+00:00")
    assert compared(strict, lax, source, tmp_path)["changes"]["added"] == 1
    assert compared(lax, lax, source, tmp_path)["changes"]["same"] == 1


def test_the_alerts_written_are_those_of_the_rules_in_use(tmp_path: Path) -> None:
    source, out = traffic(tmp_path), tmp_path / "alerts.jsonl"
    judged("--transactions", source, "--alerts", out)
    before = out.read_bytes()
    judged("--transactions", source, "--alerts", out, "--compare", "classic")
    assert out.read_bytes() == before
    assert before


def test_alerts_a_day_of_both_are_told(tmp_path: Path) -> None:
    source = tmp_path / "day.csv"
    failed = {600: 9, 601: 9, 900: 9}
    source.write_text(
        HEADER
        + "".join(
            f"2025-07-12 {m // 60:02}:{m % 60:02}:00,{key},{count}\n"
            for m in range(1440)
            for key, count in (("approved", 50), ("failed", failed.get(m, 0)))
        )
    )
    told = compared(rules(tmp_path, "lax", 5), rules(tmp_path, "strict", 9), source, tmp_path)
    assert (told["days"], told["base"]["incidents_a_day"], told["other"]["incidents_a_day"]) == (1.0, 2.0, 0.0)
    assert told["base"]["by_severity"] == {"critical": 2}


def test_people_get_a_table_and_a_sentence(tmp_path: Path) -> None:
    result = judged(
        "--transactions", traffic(tmp_path), "--alerts", tmp_path / "a", "--rules", rules(tmp_path, "lax", 5),
        "--compare", rules(tmp_path, "strict", 9),
    )  # fmt: skip
    assert f"lost 2025-07-12 12:{QUIET} failed 12:{QUIET} critical -" in said(result)
    assert "strict would add 0, lose 1, find 0 earlier and 0 later; 0 at the same minute." in said(result)


def test_two_files_of_one_name_are_told_apart_by_version(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = rules(tmp_path, "mine", 5), rules(tmp_path / "other", "mine", 9)
    result = judged(
        "--transactions", traffic(tmp_path), "--alerts", tmp_path / "a", "--rules", one, "--compare", two
    )  # fmt: skip
    assert f"mine {load(two).version} would add 0, lose 1" in said(result)


def test_where_neither_finds_anything_that_is_said(tmp_path: Path) -> None:
    one, two = rules(tmp_path, "one", 99), rules(tmp_path, "two", 98)
    result = judged("--transactions", traffic(tmp_path), "--alerts", tmp_path / "a", "--rules", one, "--compare", two)
    assert "Neither one nor two finds anything." in said(result)


def test_as_json_what_came_of_it_is_printed_without_a_comparison_too(tmp_path: Path) -> None:
    result = judged("--transactions", traffic(tmp_path), "--alerts", tmp_path / "a", "--json")
    told = json.loads(result.stdout)
    assert (told["rule_set"], told["rows"], told["minutes"], told["incidents"]) == ("thresholds", 42, 21, 1)
    assert told["by_series"] == {"status failed": 1}
    assert "comparison" not in told


def test_other_rules_that_cannot_be_used_end_it_before_anything_is_written(tmp_path: Path) -> None:
    source, out, bad = traffic(tmp_path), tmp_path / "alerts.jsonl", rules(tmp_path, "bad", -1)
    result = detect("--transactions", source, "--alerts", out, "--compare", bad)
    assert (result.exit_code, out.exists()) == (2, False)
    assert f"{bad}:6: [[rule]] above" in said(result)


def test_the_other_rules_are_never_overwritten(tmp_path: Path) -> None:
    other = rules(tmp_path, "other", 5)
    result = detect("--transactions", traffic(tmp_path), "--alerts", other, "--compare", other)
    assert result.exit_code == 2
    assert f"{other} is to be read, so it cannot be written" in said(result)
