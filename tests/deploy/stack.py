"""docker-compose.yml as data, and the small rules by which Compose reads it."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("floodmark:")]
DOCKERFILE = ROOT / "deploy/Dockerfile"

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\}")


def variables(node: object) -> set[tuple[str, str | None]]:
    """Name and `-` (has a default), `?` (required) or None of every variable below `node`."""
    if isinstance(node, dict):
        return set().union(*map(variables, node.values()))
    if isinstance(node, list):
        return set().union(*map(variables, node))
    return {(m["name"], m["how"]) for m in VARIABLE.finditer(node)} if isinstance(node, str) else set()


def filled(text: str) -> str:
    """`text` as Compose fills it in when only the required variables are set, to `x`."""
    return VARIABLE.sub(lambda m: m["text"] if m["how"] == "-" else "x", text)


def instructions(dockerfile: Path = DOCKERFILE) -> list[tuple[str, str]]:
    """(instruction, arguments) of each line, continuation lines joined."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def image_environment() -> dict[str, str]:
    """What the image sets with ENV."""
    pairs = " ".join(rest for name, rest in instructions() if name == "ENV").split()
    return dict(pair.split("=", 1) for pair in pairs)
