"""The scorecard as a command: detect, have it scored, show and publish."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from floodmark.analysis.scorecard.sets import AUTH_CODES, TRANSACTIONS, LabelledSet, SetsError, judge_in, sets_in
from floodmark.analysis.scorecard.tables import (
    SETS,
    NoPlace,
    Scores,
    by_set,
    by_type,
    in_terminal,
    put,
    section,
    text_with,
)
from processors.rules import RuleError, load
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail
from runtime.terminal import clean_console

TOGETHER = "all"
"""What the judge calls several sets taken together."""
_WIDTH = 110
"""Columns that the table needs; a narrower terminal breaks its lines, where the table would cut its numbers."""


@dataclass(frozen=True, slots=True)
class ScorecardRequest:
    """What to score, by which rules, and where to publish it."""

    sets: Path
    rules: Path | None
    write: Path | None
    alerts: Path | None


class _FailedError(Exception):
    """A set could not be judged or scored; the message says what the program that failed said."""


def run(job: ScorecardRequest) -> None:
    """Score the sets of the folder. Ends the process with 2 on wrong usage, with 1 when something fails on the way."""
    try:
        rules = load(job.rules)
        judge, sets = judge_in(job.sets), sets_in(job.sets)
        text = text_with(SETS, job.write) if job.write else ""
        with TemporaryDirectory() as room:
            place = job.alerts or Path(room)
            place.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                alerts = list(pool.map(lambda one: _detect(job, one, Path(room), place), sets))
            scores = _score(judge, list(zip(sets, alerts, strict=True)), Path(room))
        everything = scores.pop(TOGETHER)
        _show(scores, everything)
        if job.write:
            words = section(_command(job), f"{rules.name} {rules.version}", [by_set(scores), by_type(everything)])
            with Draft(job.write) as draft:
                draft.write_line(put(SETS, text, words).encode().removesuffix(b"\n"))
                draft.finish()
                draft.publish()
    except (RuleError, SetsError, NoPlace) as error:
        fail(str(error), Exit.MISUSED)
    except (_FailedError, DraftError) as error:
        fail(str(error), Exit.FAILED)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", Exit.FAILED)


def _detect(job: ScorecardRequest, one: LabelledSet, room: Path, place: Path) -> Path:
    """Judge a set in a process of its own, so that several run at once; the file with its alerts."""
    alerts = place / f"{one.name.replace('/', '.')}.jsonl"
    words = ["--transactions", str(one.table(TRANSACTIONS, room)), "--alerts", str(alerts)]
    codes = one.table(AUTH_CODES, room)
    words += ["--auth-codes", str(codes)] if codes else []
    words += ["--rules", str(job.rules)] if job.rules else []
    _call([sys.executable, "-m", "floodmark", "detect", *words], f"{one.name} cannot be judged")
    return alerts


def _score(judge: Path, judged: Sequence[tuple[LabelledSet, Path]], room: Path) -> dict[str, Scores]:
    """Set, and group of several sets, to its scores; all of them together come last."""
    scores: dict[str, Scores] = {}
    for group in dict.fromkeys(one.group for one, _ in judged):
        mine = [(one, alerts) for one, alerts in judged if one.group == group]
        by_set = _ask(judge, mine, room)
        together = by_set.pop(TOGETHER, None)
        scores |= by_set
        if together is not None:
            scores[f"{group} together"] = together
    by_set = _ask(judge, judged, room)
    return scores | {TOGETHER: by_set.get(TOGETHER) or next(iter(by_set.values()))}


def _ask(judge: Path, judged: Sequence[tuple[LabelledSet, Path]], room: Path) -> dict[str, Any]:
    answer = room / "scores.json"
    sets = [word for one, alerts in judged for word in ("--set", one.name, str(alerts), str(one.labels))]
    names = ", ".join(one.name for one, _ in judged)
    _call([sys.executable, str(judge), "--quiet", "--json", str(answer), *sets], f"{judge} cannot score {names}")
    scores: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return scores


def _call(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words, no shell
    if done.returncode:
        raise _FailedError(f"{what} (exit code {done.returncode}):\n{done.stderr.strip() or done.stdout.strip()}")


def _command(job: ScorecardRequest) -> list[str]:
    """The command as people would type it here."""
    words = ["floodmark", "scorecard"]
    for flag, path in (("--sets", job.sets), ("--rules", job.rules), ("--write", job.write)):
        words += [flag, os.path.relpath(path)] if path else []
    return words


def _show(scores: dict[str, Scores], everything: Scores) -> None:
    console = clean_console(highlight=False, soft_wrap=True)
    console.width = max(console.width, _WIDTH)
    console.print(in_terminal(by_set(scores), "by set; delays in minutes"))
    console.print(in_terminal(by_type(everything), "by type of incident, all sets together"))
    for name, score in scores.items():
        for missed in score["missed"]:
            if not name.endswith(" together"):
                console.print(
                    f"missed in {name}: {missed['type']} of {missed['status']}, {missed['start']}", markup=False
                )
