"""The settings of the gateway."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from floodmark.gateway.ingest.settings import IngestSettings
from floodmark.gateway.integrations.settings import IntegrationSettings
from floodmark.gateway.security.settings import SecuritySettings
from runtime.settings import FromEnvironment


class GatewaySettings(IngestSettings, SecuritySettings, IntegrationSettings, FromEnvironment):
    """Where the gateway listens and how much it keeps."""

    OPTIONS: ClassVar[Mapping[str, str]] = {"gateway_host": "--host", "gateway_port": "--port"}

    gateway_host: str = Field(default="127.0.0.1", description="Address that the gateway listens on.")
    gateway_port: int = Field(
        default=8080, ge=0, le=65535, description="Port of the gateway on gateway_host; 0: a free one."
    )
