from dataclasses import replace
from pathlib import Path

import pytest

from floodmark.local.arrived import Arrived, ArrivedUnknown, ReplayMark
from floodmark.local.up import ledger
from floodmark.local.up.ledger import FileReplay, JobLedger, LedgerError, ReplayPlan, SourceFile, digest

A, B = SourceFile("a.csv", "aa"), SourceFile("b.csv", "bb")
MARK = ReplayMark("tag", (0, 0))
WANTED = FileReplay("topic-1", (A, B), {"explode": "no"})
DONE = replace(WANTED, state="done", rows=10)
STOPPED = replace(WANTED, state="interrupted", rows=4)
CUT_OFF = replace(WANTED, tag=MARK.tag, starts=MARK.starts)


def plan(jobs: list[FileReplay], wanted: FileReplay, found: Arrived | None = None, **how: bool) -> ReplayPlan:
    """The plan where so much is found of what was cut off; None: the broker does not tell."""

    def look(mark: ReplayMark) -> Arrived:
        if found is None:
            raise ArrivedUnknown("the broker does not tell")
        assert mark == MARK
        return found

    return ledger.plan(jobs, wanted, look, **how)


def test_what_was_never_replayed_is_replayed_from_its_first_row() -> None:
    assert plan([], WANTED) == ReplayPlan((A, B))


def test_what_was_replayed_to_the_end_is_left_out() -> None:
    assert plan([DONE], WANTED) == ReplayPlan((), already=(A, B))


def test_only_the_file_that_is_new_is_replayed() -> None:
    assert plan([replace(DONE, files=(A,))], WANTED) == ReplayPlan((B,), already=(A,))


def test_a_renamed_file_is_the_same_file() -> None:
    renamed = replace(WANTED, files=(SourceFile("other.csv", "aa"), B))
    assert plan([DONE], renamed).files == ()


def test_a_clean_stop_goes_on_where_it_was() -> None:
    assert plan([STOPPED], WANTED) == ReplayPlan((A, B), skip_rows=4, goes_on=STOPPED)


def test_a_job_that_went_on_and_ended_is_done() -> None:
    assert plan([STOPPED, DONE], WANTED).files == ()


def test_a_clean_stop_in_other_company_is_refused_with_the_choices() -> None:
    with pytest.raises(LedgerError, match=r"stopped after 4 rows.*same\s+files.*--again.*--fresh"):
        plan([STOPPED], replace(WANTED, files=(A,)))


def test_what_was_cut_off_goes_on_with_what_has_not_arrived() -> None:
    found = Arrived(7, frozenset({9}))
    assert plan([CUT_OFF], WANTED, found) == ReplayPlan((A, B), 7, beyond=found.beyond, goes_on=CUT_OFF)


def test_rows_that_were_in_when_it_began_are_in_though_they_are_not_known_by_its_mark() -> None:
    gone_on = replace(CUT_OFF, rows=4)
    assert plan([STOPPED, gone_on], WANTED, Arrived(0, frozenset({4, 6}))).skip_rows == 4


def test_what_was_cut_off_in_other_company_is_refused() -> None:
    with pytest.raises(LedgerError, match=r"cut off by a crash.*same\s+files.*--again.*--fresh"):
        plan([CUT_OFF], replace(WANTED, files=(A,)), Arrived(7))


@pytest.mark.parametrize("job", [WANTED, CUT_OFF])
def test_a_crash_of_which_nobody_knows_what_is_in_is_refused_with_the_choices(job: FileReplay) -> None:
    with pytest.raises(LedgerError, match=r"a\.csv, b\.csv.*crash.*--fresh.*--again"):
        plan([STOPPED, job], WANTED)


@pytest.mark.parametrize("state", ["running", "interrupted", "done"])
def test_again_replays_all_whatever_was_before(state: str) -> None:
    assert plan([replace(WANTED, state=state)], WANTED, again=True) == ReplayPlan((A, B))


@pytest.mark.parametrize("other", [{"topic": "topic-2"}, {"options": {"explode": "yes"}}])
@pytest.mark.parametrize("state", ["running", "interrupted", "done"])
def test_another_topic_or_other_options_are_another_job(other: dict[str, object], state: str) -> None:
    assert plan([replace(WANTED, state=state, **other)], WANTED) == ReplayPlan((A, B))


def test_the_ledger_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    jobs = JobLedger(tmp_path / "replays.json")
    jobs.begin(CUT_OFF)
    assert JobLedger(tmp_path / "replays.json").jobs == [CUT_OFF]
    jobs.end(rows=4, complete=False)
    jobs.begin(WANTED)
    jobs.end(rows=10, complete=True)
    assert JobLedger(tmp_path / "replays.json").jobs == [replace(CUT_OFF, state="interrupted", rows=4), DONE]


def test_a_ledger_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "replays.json").write_text('{"jobs": [{"topic": 1}]}')
    with pytest.raises(LedgerError, match=r"replays\.json cannot be read.*--fresh"):
        JobLedger(tmp_path / "replays.json")


def test_two_files_with_the_same_content_have_one_digest(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("timestamp,status,count\n")
    assert digest(tmp_path / "a").sha256 == digest(tmp_path / "b").sha256
