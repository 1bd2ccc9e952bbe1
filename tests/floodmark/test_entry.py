"""How the command begins."""

import subprocess
import sys

from runtime.exits import Exit
from tests.paths import ROOT

INTERRUPTED = """
import sys


class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt


sys.meta_path.insert(0, Impatient())
from floodmark.__main__ import main

main()
"""


def test_ctrl_c_while_modules_are_imported_is_an_exit_code_and_no_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (Exit.INTERRUPTED, "", "")
