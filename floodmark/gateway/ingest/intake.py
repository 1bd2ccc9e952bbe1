"""Takes a post: reads its records, publishes the good ones, judges them, and says what became of each."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Protocol

import structlog

from floodmark.gateway.ingest.answers import PostAnswer, errors_of
from floodmark.gateway.ingest.bodies import JSON, LINES, BodyError, TooManyRecords, is_one, records_in
from floodmark.gateway.ingest.delivery import Unavailable
from floodmark.gateway.ingest.once import InProgress, KeyedPost, OtherPost, StoredAnswer
from floodmark.gateway.ingest.records import Checked, check
from floodmark.gateway.problems import Problem
from floodmark.gateway.verdicts import MAX_JUDGED, JudgedState, NoVerdict, PostVerdict, posted_in, verdict_on
from runtime.log_rate import Sparing

log = structlog.get_logger(__name__)

LARGE: Final = 200_000
"""Bytes of a body from which on it is read in another thread."""
RETRY_AFTER_S: Final = 2
"""What a client is asked to wait before it tries again."""
MAX_KEY: Final = 255
"""The longest idempotency key, in characters."""


class Publishes(Protocol):
    """Where records go."""

    def begin(self, values: Sequence[bytes]) -> Awaitable[None]:
        """See `Delivery.begin`."""


class PublishesOnce(Protocol):
    """Where the records of a post with a key go."""

    async def post(self, post: KeyedPost) -> StoredAnswer:
        """See `KeyedPosts.post`."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it came.

    Args:
        body: Unpacked.
        media_type: In lower case, without parameters.
        sender: Who posts: keys of different senders are different keys.
        key: The idempotency key; None without one.
        wants_verdict: None: where it is one record.
    """

    body: bytes
    media_type: str
    sender: str = ""
    key: str | None = None
    wants_verdict: bool | None = None


@dataclass(frozen=True, slots=True)
class PostReply:
    """What is answered: a JSON body, and whether it is the answer to an earlier post with the same key."""

    status: int
    body: bytes
    is_replayed: bool = False


class Intake:
    """Takes posts of transactions.

    Args:
        delivery: Where records go.
        once: Where the records of posts with a key go; None: such posts are refused.
        judged: The state that verdicts are made of; None: there are none.
        zone: Of times that name none; None: they are refused.
        max_future_ms: How far ahead of the clock an event may be, as for the workers.
        now_ms: The clock, epoch milliseconds.
    """

    def __init__(
        self,
        delivery: Publishes,
        once: PublishesOnce | None = None,
        judged: JudgedState | None = None,
        zone: tzinfo | None = None,
        max_future_ms: int = 300_000,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self._delivery, self._once, self._judged = delivery, once, judged
        self._sparing = Sparing()
        self._zone, self._max_future_ms, self._now_ms = zone, max_future_ms, now_ms

    async def take(self, post: Post) -> PostReply:
        """Take a post; returns when what is good of it has arrived.

        Raises:
            Problem: Nothing of it was taken, or it is not known that all of it was; says which.
        """
        if post.key is not None:
            _check_key(post.key)
        # A large post of bad records takes half a second: meanwhile others are answered.
        checked = self._checked(post) if len(post.body) < LARGE else await asyncio.to_thread(self._checked, post)
        if not checked.values:
            bad = [each.model_dump() for each in errors_of(checked.bad)]
            what = "the record" if len(bad) == 1 else f"each of the {len(bad):,} records"
            raise Problem("no-good-record", 422, f"{what} is bad; nothing was taken", None, errors=bad)
        try:
            if post.key is None:
                arrival = self._delivery.begin(checked.values)
                reply = self._reply(post, checked)
                await arrival
                return reply
            return await self._take_once(post, post.key, checked)
        except Unavailable as error:
            raise _unavailable(error, has_key=post.key is not None) from None

    def _checked(self, post: Post) -> Checked:
        return check(_records(post), self._now_ms() + self._max_future_ms, self._zone)

    async def _take_once(self, post: Post, key: str, checked: Checked) -> PostReply:
        if self._once is None:
            raise Problem(
                "no-idempotency",
                501,
                "this gateway's broker knows no transactions, so a key promises nothing here; post without one",
            )
        reply = self._reply(post, checked)
        keyed = KeyedPost(
            hashlib.sha256(f"{post.sender}\0{key}".encode()).digest()[:16],
            hashlib.sha256(post.media_type.encode() + b"\0" + post.body).digest()[:16],
            checked.values,
            StoredAnswer(reply.status, reply.body),
        )
        try:
            stored = await self._once.post(keyed)
        except InProgress:
            raise Problem(
                "in-progress",
                409,
                "a post with this idempotency key is under way, or ended without a word a moment ago; try again",
                {"Retry-After": str(RETRY_AFTER_S)},
            ) from None
        except OtherPost:
            raise Problem(
                "key-reused", 422, "this idempotency key was used for another post; take a new key for each post"
            ) from None
        return PostReply(stored.status, stored.body, is_replayed=stored is not keyed.answer)

    def _reply(self, post: Post, checked: Checked) -> PostReply:
        wanted = is_one(post.body, post.media_type) if post.wants_verdict is None else post.wants_verdict
        verdicts, why = self._verdicts(checked) if wanted else ([], "")
        one = is_one(post.body, post.media_type)
        answer = PostAnswer.model_construct(
            accepted=len(checked.values),
            refused=len(checked.bad),
            errors=errors_of(checked.bad),
            verdict=verdicts[0] if one and verdicts else None,
            verdicts=[] if one else verdicts,
            no_verdict=why,
        )
        return PostReply(207 if checked.bad else 200, answer.model_dump_json().encode())

    def _verdicts(self, checked: Checked) -> tuple[list[PostVerdict], str]:
        if self._judged is None:
            return [], "this gateway does not follow the judge"
        verdicts, why = [], ""
        for posted in posted_in(checked.rows)[:MAX_JUDGED]:
            try:
                verdicts.append(verdict_on(posted, self._judged))
            except NoVerdict as error:
                why = why or str(error)
            except Exception:  # what was posted is in, whatever is thought of it
                self._sparing.tell(log.exception, "no_verdict", scope=posted.scope, minute=posted.minute)
                why = "it could not be judged; the gateway's log says why"
        return verdicts, why


def _records(post: Post) -> list[bytes]:
    if post.media_type not in JSON | LINES:
        raise Problem(
            "media-type",
            415,
            "send Content-Type application/json (a record, or an array of them) or application/x-ndjson (a line each)",
            {"Accept-Post": "application/json, application/x-ndjson"},
        )
    try:
        return records_in(post.body, post.media_type)
    except TooManyRecords as error:
        raise Problem("too-many-records", 413, str(error)) from None
    except BodyError as error:
        raise Problem("body", 400, str(error)) from None


def _check_key(key: str) -> None:
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Problem("key", 400, f"an Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters, a UUID for one")


def _unavailable(error: Unavailable, *, has_key: bool) -> Problem:
    known = "post it again with the same Idempotency-Key: it counts once"
    remedy = known if has_key else "what is posted again may count twice; with an Idempotency-Key it counts once"
    return Problem(
        "broker-away",
        503,
        f"{error}. Try again; {remedy}",
        {"Retry-After": str(RETRY_AFTER_S)},
        acknowledged=error.acknowledged,
    )
