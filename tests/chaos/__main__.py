"""`python -m tests.chaos --seed 1 --rounds 10`: prints what it did and a verdict; 1 when a number changed."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.chaos.plan import DECK
from tests.chaos.recount import SHOWN
from tests.chaos.run import Run, Scenario
from tests.pipeline import files

HOURS: Final = 4
"""How much of the files is replayed over many scopes: each minute of each scope is judged."""
ALL_HOURS: Final = 72


def main() -> int:
    """Run one scenario; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--scopes", type=int, default=1, help="Over how many scopes the transactions are spread.")
    parser.add_argument("--hours", type=int, help=f"How much is replayed: all, or {HOURS} hours of many scopes.")
    parser.add_argument("--fault", action="append", choices=DECK, help="Only this one; may be told again.")
    parser.add_argument("--keep", type=Path, help="Keep data and logs in this folder.")
    told = parser.parse_args()
    if not files.DATA.exists():
        print("The challenge's files are not beside the project (../shared/data): two made hours are replayed instead.")
    of_files = files.first_hours(told.hours or (ALL_HOURS if told.scopes == 1 else HOURS))
    rows = files.over_scopes(of_files, told.scopes)
    with tempfile.TemporaryDirectory() as temporary:
        folder = told.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = Run(Scenario(told.seed, told.rounds, rows, faults=told.fault or DECK), folder).differences()
    if not found:
        how = f"seed {told.seed}, {told.rounds} rounds, {told.scopes} scopes"
        print(f"EXACT: {how}: every minute and every incident as in the file.")
        return 0
    for line in found[:SHOWN]:
        print(line)
    print(
        f"WRONG: {len(found)} differences ({min(len(found), SHOWN)} shown). "
        f"Again: make chaos SEED={told.seed} ROUNDS={told.rounds} SCOPES={told.scopes}"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
