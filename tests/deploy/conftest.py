import shutil
import subprocess

import pytest

from tests.deploy.stack import ROOT, SERVICES, variables

COMPOSE_CHECK = pytest.StashKey[str]()


def compose_is_there() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def compose_says(pytestconfig: pytest.Config) -> str:
    """What `docker compose config` complains of; empty when it is content, or is not there (the summary says which)."""
    if not compose_is_there():
        pytestconfig.stash[COMPOSE_CHECK] = "`docker compose` is not on this machine: checked by our own tests alone"
        return ""
    pytestconfig.stash[COMPOSE_CHECK] = "`docker compose config` has read it too"
    given = {name: "x" for name, _ in variables(SERVICES)}
    done = subprocess.run(
        ["docker", "compose", "--profile", "*", "config", "-q"], cwd=ROOT, env=given, capture_output=True, text=True
    )
    return done.stderr if done.returncode else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if COMPOSE_CHECK in config.stash:
        terminalreporter.write_line(f"docker-compose.yml: {config.stash[COMPOSE_CHECK]}")
