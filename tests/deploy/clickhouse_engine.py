"""Runs SQL on ClickHouse's own engine in a process of its own: one process can hold one data directory only.

Reads `{"path": …, "setup": [sql…], "queries": [sql…]}` from stdin and writes one JSON line for each query:
`{"meta": [{"name", "type"}…], "data": [row…]}` or `{"error": …}`.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: the type of each column by name, and the rows."""

    types: dict[str, str]
    rows: list[dict[str, Any]]


def ask(path: Path, setup: list[str], queries: list[str], config: Path | None = None) -> list[Answer]:
    """Run `setup`, then `queries`, on the engine at `path`; fails with the engine's words on an error."""
    answers = _run(path, setup, queries, config)
    for query, answer in zip(queries, answers, strict=True):
        assert "error" not in answer, f"{answer['error']}\n\nin\n\n{query}"
    return [Answer({column["name"]: column["type"] for column in a["meta"]}, a["data"]) for a in answers]


def refusals(path: Path, queries: list[str], config: Path) -> list[str]:
    """What the engine says against each query; empty where it answers."""
    return [str(answer.get("error", "")) for answer in _run(path, [], queries, config)]


def _run(path: Path, setup: list[str], queries: list[str], config: Path | None) -> list[dict[str, Any]]:
    place = str(path) if config is None else f"{path}?config-file={config}"
    told = json.dumps({"path": place, "setup": setup, "queries": queries})
    done = subprocess.run([sys.executable, __file__], input=told, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(queries)
    return answers


def main() -> None:
    from chdb.session import Session

    told = json.load(sys.stdin)
    session = Session(told["path"])
    for statement in told["setup"]:
        session.query(statement)
    for query in told["queries"]:
        try:
            text = session.query(query, "JSON").bytes().decode()
            answer = json.loads(text)
            print(json.dumps({"meta": answer["meta"], "data": answer["data"]}))
        except (RuntimeError, ValueError) as error:
            print(json.dumps({"error": str(error)}))
    session.close()


if __name__ == "__main__":
    main()
