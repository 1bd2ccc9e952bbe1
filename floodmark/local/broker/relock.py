"""Writes `jars.sha256` anew for another version of Kafka: ``python -m floodmark.local.broker.relock 4.3.1``."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from floodmark.local.broker.jars import PINNED, sha256_of


def relock(version: str, target: Path, *, remotes: Mapping[str, str] | None = None) -> int:
    """Resolve a Kafka with all it needs to run and to log, and record the SHA-256 of each jar.

    Args:
        version: The version of Kafka.
        target: The list to write.
        remotes: Maven repositories by name, instead of the usual one.

    Returns:
        The number of jars.
    """
    from jgo.maven import MavenContext, PythonResolver

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(
            resolver=PythonResolver(),
            repo_cache=Path(folder),
            local_repos=[],
            remote_repos=dict(remotes) if remotes else None,
        )
        wanted, needed = context.resolver.resolve([context.create_dependency(f"org.apache.kafka:kafka_2.13:{version}")])
        artifacts = [dependency.artifact for dependency in (*wanted, *needed)]
        # Kafka logs through slf4j 1 and ships log4j 2 without the link between them. Resolved together with Kafka,
        # the link's own dependency management would win over Kafka's and mix versions.
        core = next(artifact for artifact in artifacts if artifact.artifactId == "log4j-core")
        link = context.project(core.groupId, "log4j-slf4j-impl").at_version(core.version).artifact()
        paths = [Path(artifact.resolve()) for artifact in (*artifacts, link)]
        lines = sorted((path.relative_to(folder).as_posix(), sha256_of(path)) for path in paths)
    target.write_text("".join(f"{digest}  {jar}\n" for jar, digest in lines), "utf-8")
    return len(lines)


if __name__ == "__main__":
    print(f"{relock(sys.argv[1], PINNED)} jars")
