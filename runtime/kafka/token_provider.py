"""Bearer tokens for aiokafka, which Faust uses."""

import asyncio

from aiokafka.abc import AbstractTokenProvider

from runtime.kafka.cluster import Sasl


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """Asked at each authentication; a token is fetched in a thread, so that the loop goes on."""

    def __init__(self, sasl: Sasl) -> None:
        super().__init__()
        self._sasl = sasl

    async def token(self) -> str:
        """See AbstractTokenProvider.

        Raises:
            TokenError: None can be had.
        """
        if self._sasl.token is None:
            raise ValueError("there is nothing that gives tokens")
        return (await asyncio.to_thread(self._sasl.token)).value
