"""How Faust is connected to a cluster."""

from typing import Any

import faust
from faust.auth import OAuthCredentials

from runtime.kafka.client import aiokafka
from runtime.kafka.cluster import Cluster, ClusterOrAddress


def connection(cluster: ClusterOrAddress) -> dict[str, Any]:
    """What a Faust app takes to connect, by keyword.

    A context goes into all credentials: Faust sends a password in clear when it is given none, and without an error.
    """
    to = aiokafka(cluster)
    made: dict[str, Any] = {"broker": ";".join(f"kafka://{server}" for server in Cluster.of(cluster).servers)}
    if "client_id" in to:
        made["broker_client_id"] = to["client_id"]
    if "ssl_context" in to:
        made["broker_credentials"] = _credentials(to)
    return made


def _credentials(to: dict[str, Any]) -> Any:
    context = to["ssl_context"]
    if "sasl_mechanism" not in to:
        return faust.SSLCredentials(context)
    if "sasl_oauth_token_provider" in to:
        return OAuthCredentials(oauth_cb=to["sasl_oauth_token_provider"], ssl_context=context)
    return faust.SASLCredentials(
        username=to["sasl_plain_username"],
        password=to["sasl_plain_password"],
        mechanism=to["sasl_mechanism"],
        ssl_context=context,
    )
