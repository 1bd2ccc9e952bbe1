"""Checks of statements share the sessions that they run in, and leave nothing in them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.store
CHECKS = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from floodmark.local.store.engine import Engine
from floodmark.local.store.guard import Guard
from floodmark.queries.errors import StoreError

engine = Engine.open(Path(sys.argv[1]))
opened, open_session = [], engine.open_session
engine.open_session = lambda setup: opened.append(open_session(setup)) or opened[-1]
guard = Guard(engine)

def checked(sql):
    try:
        return guard.check(sql, {}, reads_only=False).only_reads
    except StoreError as error:
        return error.code

STATEMENTS = [b"SELECT 1", b"SET max_threads = 1", b"SELEC 1", b"USE system", b"SELECT 1; SELECT 2"]
STATEMENTS.append(b"SELECT file('x')")
alone = [checked(sql) for sql in STATEMENTS * 20]
one = len(opened)
with ThreadPoolExecutor(4) as threads:
    beside = list(threads.map(checked, STATEMENTS * 50))
guard.close()
engine.close()
print(json.dumps([alone == alone[:6] * 20, alone[:6], one, beside == alone[:6] * 50, len(opened)]))
"""


def test_a_check_leaves_the_next_one_as_it_is_and_there_are_as_many_sessions_as_checks_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHECKS, str(tmp_path / "store")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    is_alike, codes, one, is_alike_beside, most = json.loads(answer.stdout)
    assert is_alike
    assert codes == [True, False, 62, False, 62, 497]
    assert one == 1
    assert is_alike_beside
    assert most <= 5
