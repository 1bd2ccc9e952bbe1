"""What all processes of one installation agree on: the names of its topics, and how they are made."""

from pydantic import Field

from runtime.settings import FromEnvironment


class InstallationSettings(FromEnvironment):
    """The topics of an installation."""

    topic_prefix: str = Field(
        default="",
        max_length=200,
        pattern="^[A-Za-z0-9._-]*$",
        description="Put before every topic name: letters, digits, dot, underscore and dash.",
    )
    partitions: int = Field(
        default=6, ge=1, le=1000, description="Partitions of the transactions topic when we create it."
    )
    replication: int = Field(
        default=1, ge=1, le=10, description="Replication of the topics that we create; 3 on a real cluster."
    )
