"""`python -m tests.chaos --seed 1 --rounds 10`: prints what it did and a verdict; 1 when a number changed."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.recount import SHOWN
from tests.chaos.run import Run, Scenario
from tests.pipeline import files


def main() -> int:
    """Run one scenario; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="Keep data and logs in this folder.")
    told = parser.parse_args()
    if not files.DATA.exists():
        print("The challenge's files are not beside the project (../shared/data): there is nothing to replay.")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = told.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = Run(Scenario(told.seed, told.rounds, files.rows()), folder).differences()
    if not found:
        print(f"EXACT: seed {told.seed}, {told.rounds} rounds: every minute and every incident as in the file.")
        return 0
    for line in found[:SHOWN]:
        print(line)
    print(
        f"WRONG: {len(found)} differences ({min(len(found), SHOWN)} shown). "
        f"Again: make chaos SEED={told.seed} ROUNDS={told.rounds}"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
