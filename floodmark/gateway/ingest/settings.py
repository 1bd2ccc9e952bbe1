"""How the gateway takes in transactions."""

import socket
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from runtime.settings import FromEnvironment


class IngestSettings(FromEnvironment):
    """What posts of transactions may be, and how long the broker may take."""

    gateway_time_zone: str = Field(
        default="",
        description="Zone of posted times that name none, such as America/Sao_Paulo; empty: such times are refused.",
    )
    gateway_max_body_mb: float = Field(
        default=16.0, gt=0, le=1024, description="Largest body of a request, unpacked, in megabytes."
    )
    gateway_body_within_s: float = Field(
        default=30.0, gt=0, description="A body that has not come whole after so many seconds is refused."
    )
    gateway_broker_within_s: float = Field(
        default=5.0,
        ge=0.5,
        le=10,
        description="A post that the broker has not confirmed after so many seconds is answered with 503.",
    )
    gateway_name: str = Field(
        default_factory=socket.gethostname,
        max_length=200,
        pattern="^[A-Za-z0-9._-]+$",
        description="Name of this gateway, which no other one has: its transactions go under it. By default the host's "
        "name; the port is put behind it.",
    )

    @field_validator("gateway_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"{name!r} is no time zone") from None
        return name

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone; None without one."""
        return ZoneInfo(self.gateway_time_zone) if self.gateway_time_zone else None
