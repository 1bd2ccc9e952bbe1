"""Posts with an idempotency key: each counts once, whatever is repeated, whichever gateway it comes to (ADR 20)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from floodmark.gateway.ingest.claims import Claims
from floodmark.gateway.ingest.delivery import MAX_WAITING, Unavailable


class InProgress(Exception):
    """A post with the same key is under way, or its fate is not known yet."""


class OtherPost(Exception):
    """The key was used for another post."""


class StoredAnswer(msgspec.Struct, array_like=True, frozen=True, eq=False):
    """An answer as it is stored."""

    status: int
    body: bytes


class Claim(msgspec.Struct, array_like=True, frozen=True):
    """What lies in the topic of posts under the hash of a key."""

    fingerprint: bytes
    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class KeyedPost:
    """A post with a key.

    Args:
        key: Hash of the sender and the key, 16 bytes.
        fingerprint: Hash of what was posted, 16 bytes: another post with the same key is an error.
        values: The records to publish.
        answer: What is answered when they are in.
    """

    key: bytes
    fingerprint: bytes
    values: Sequence[bytes]
    answer: StoredAnswer

    @property
    def claim(self) -> bytes:
        """What is written to the topic of posts."""
        return _encode(Claim(self.fingerprint, self.answer))


class Commits(Protocol):
    """Who publishes posts, each whole or not at all."""

    def commit(self, post: KeyedPost) -> "asyncio.Future[bool]":
        """Publish a post unless its key is taken; whether it did.

        The future raises `Unavailable` where nobody knows, and `InProgress` where another one may yet take the key.
        """


class Answers(Protocol):
    """Who has the stored answers."""

    async def claim_at(self, offset: int) -> Claim | None:
        """The claim at an offset of the topic of posts; None when it is not to be had."""


_encode: Final = msgspec.msgpack.Encoder().encode


class KeyedPosts:
    """Takes posts with keys, on one event loop.

    Args:
        claims: Which keys are taken.
        commits: Who publishes.
        answers: Who has the stored answers.
        within_s: How long a post may take, in seconds.
    """

    def __init__(self, claims: Claims, commits: Commits, answers: Answers, within_s: float) -> None:
        self._claims, self._commits, self._answers, self._within_s = claims, commits, answers, within_s
        self._under_way: set[bytes] = set()
        self._waiting = 0

    async def post(self, post: KeyedPost) -> StoredAnswer:
        """Publish a post unless one with this key was published; the answer to whichever it was.

        Raises:
            InProgress: A post with this key is under way, here or elsewhere.
            OtherPost: The key was used for another post.
            Unavailable: It is not known whether it was published, or it cannot be now.
        """
        if post.key in self._under_way:
            raise InProgress
        if (offset := self._claims.taken(post.key)) is not None:
            return await self._stored(post, offset)
        if self._claims.is_open(post.key):
            # Nothing is written: each transaction that is begun and aborted would put off that the other is known.
            raise InProgress
        if self._waiting + len(post.values) > MAX_WAITING:
            raise Unavailable("too many records wait for the broker already; nothing of this post was taken")
        self._under_way.add(post.key)
        self._waiting += len(post.values)
        work = self._commits.commit(post)
        work.add_done_callback(lambda done: self._over(post, done))
        try:
            is_ours = await asyncio.wait_for(asyncio.shield(work), self._within_s)
        except TimeoutError:
            raise Unavailable(f"the broker has not confirmed it within {self._within_s:g} s") from None
        if is_ours:
            return post.answer
        if (offset := self._claims.taken(post.key)) is None:
            raise InProgress
        return await self._stored(post, offset)

    async def _stored(self, post: KeyedPost, offset: int) -> StoredAnswer:
        claim = await self._answers.claim_at(offset)
        if claim is None:
            raise Unavailable("this post is in already, but the broker does not tell what was answered to it")
        if claim.fingerprint != post.fingerprint:
            raise OtherPost
        return claim.answer

    def _over(self, post: KeyedPost, done: "asyncio.Future[bool]") -> None:
        self._under_way.discard(post.key)
        self._waiting -= len(post.values)
        if not done.cancelled():
            done.exception()  # somebody may have given up waiting: nobody needs to be told
