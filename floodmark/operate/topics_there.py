"""Whether a cluster has the topics that a command for people reads, and lets it read them."""

from floodmark.settings import Settings
from runtime.exits import Exit, fail
from runtime.kafka.rights import require
from runtime.kafka.topics import describe
from schemas.rights import LOOKS, of_command
from schemas.topics import Topics


def require_topics(settings: Settings, needed: tuple[str, ...], command: str, rights: str = LOOKS) -> None:
    """Return when they are there and may be read; ends the process when one is not there.

    Args:
        settings: Where the cluster is.
        needed: The topics.
        command: Who asks, for messages.
        rights: Whose rights are looked at; see `of_command`.

    Raises:
        BrokerError: The broker does not answer, or does not let us in.
    """
    cluster = settings.cluster
    there = describe(cluster, within_s=settings.reached_within_s)
    require(cluster, of_command(Topics(settings.topic_prefix), rights), f"`{command}`")
    for topic in needed:
        if topic not in there:
            fail(
                f"There is no topic {topic} at {cluster}. Give --broker and --topic-prefix as the workers have them.",
                Exit.MISUSED,
                by=command,
            )
