"""The kinds of problems there are: what each is, and what to do. `type` of a problem leads to the page made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem.

    Args:
        status: HTTP status, or several.
        what: What it is.
        remedy: What whoever asked can do.
    """

    status: str
    what: str
    remedy: str


KINDS: Final[Mapping[str, ProblemKind]] = {
    "bad-parameter": ProblemKind(
        "422",
        "Parameters that do not go together, or a value that is none of those there are.",
        "The detail names it. Take cursors as an earlier answer gave them.",
    ),
    "body": ProblemKind(
        "400", "The body holds no records that can be told apart.", "Send an object, an array of them, or a line each."
    ),
    "body-too-large": ProblemKind(
        "413",
        "The body is larger than the gateway takes, packed or unpacked.",
        "Send less at a time, or have FLOODMARK_GATEWAY_MAX_BODY_MB raised.",
    ),
    "broken": ProblemKind(
        "500",
        "A fault of the gateway.",
        "Report it with the time; the gateway's log has the rest. Trying again may help.",
    ),
    "broker-away": ProblemKind(
        "503",
        "Kafka has not confirmed all that was posted, or too much waits for it already.",
        "Post it again after Retry-After. With an Idempotency-Key it counts once; without one it may count twice.",
    ),
    "cross-site": ProblemKind(
        "403",
        "A page of another site tried to change something.",
        "Serve the page from the gateway, or name its origin in FLOODMARK_GATEWAY_ORIGINS.",
    ),
    "encoding": ProblemKind(
        "415", "The body is packed otherwise than by gzip.", "Pack it by gzip once, or not at all."
    ),
    "forbidden": ProblemKind(
        "403",
        "The key or token is good, and lacks the right that this needs.",
        "Make a key with that right: `floodmark keys create NAME --right …`.",
    ),
    "head-too-large": ProblemKind("431", "The headers come to too many bytes.", "Send fewer or shorter headers."),
    "host": ProblemKind(
        "421",
        "The gateway was addressed by a name that it does not know as its own.",
        "Use its own name, or add that one to FLOODMARK_GATEWAY_HOSTS.",
    ),
    "http": ProblemKind("any", "HTTP itself was not kept to.", "The detail says what."),
    "in-progress": ProblemKind(
        "409",
        "A post with the same Idempotency-Key is under way, or its gateway died a moment ago.",
        "Post it again after Retry-After, with the same key: the answer to whichever counted comes back.",
    ),
    "integration-body": ProblemKind(
        "400", "It is signed, and not what this service sends here.", "Look at the request URL and the kind of request."
    ),
    "integration-off": ProblemKind(
        "404",
        "The gateway has no secret of this service.",
        "Set FLOODMARK_GATEWAY_SLACK_SECRET_FILE or FLOODMARK_GATEWAY_PAGERDUTY_SECRET_FILE.",
    ),
    "issuer-silent": ProblemKind(
        "503",
        "The issuer of tokens does not tell its keys, so no token can be looked at.",
        "Try again; look at the issuer.",
    ),
    "key": ProblemKind("400", "The Idempotency-Key has the wrong length or characters.", "Use a UUID for each post."),
    "key-reused": ProblemKind("422", "The Idempotency-Key was used for another post.", "Take a new key for each post."),
    "media-type": ProblemKind(
        "415", "The Content-Type is none that is taken.", "Send application/json or application/x-ndjson."
    ),
    "method": ProblemKind("405", "This path knows other methods.", "See the header Allow, and /docs."),
    "no-good-record": ProblemKind(
        "422", "No record of the post is good; nothing was taken.", "`errors` names each with its field and the remedy."
    ),
    "no-idempotency": ProblemKind(
        "501",
        "The broker is the in-process one for trials: it knows no transactions.",
        "Post without a key, or use a real Kafka.",
    ),
    "no-rules": ProblemKind("503", "The gateway has loaded no rules.", "Try again after Retry-After."),
    "no-store": ProblemKind(
        "501",
        "What was known at an instant is kept by a store, and there is none that keeps it.",
        "Give the gateway a store: FLOODMARK_STORE_DSN.",
    ),
    "no-such-incident": ProblemKind(
        "404", "There is no incident with this id, or none any more.", "See GET /v1/incidents."
    ),
    "no-such-silence": ProblemKind("404", "There is no silence with this id.", "See GET /v1/silences?state=all."),
    "not-acceptable": ProblemKind("406", "Nothing that the client accepts can be sent.", "Accept application/json."),
    "not-found": ProblemKind("404", "There is nothing at this path.", "See /docs for what there is."),
    "not-on": ProblemKind("409", "The silence has ended already.", "See why in GET /v1/silences/{silence_id}."),
    "not-open": ProblemKind("409", "That cannot be done about this incident, as it stands.", "See its history."),
    "parameters": ProblemKind("422", "A parameter or the body is not what it should be.", "`errors` names each."),
    "rate-limit": ProblemKind(
        "429",
        "More requests in a minute than this key or address has.",
        "Wait for Retry-After; use a key, or have its limit raised.",
    ),
    "signature": ProblemKind(
        "401",
        "The request is not signed with the secret that this gateway has of the service, or it is old.",
        "Compare the secret, and the clock of this machine; send the body as it was signed.",
    ),
    "slow-body": ProblemKind("408", "The body has not come in time.", "Send less at a time, or see to the network."),
    "store-away": ProblemKind("503", "The store does not answer.", "Try again; `floodmark doctor` says more."),
    "taken": ProblemKind("409", "Somebody has done that already.", "See who, in the history of the incident."),
    "too-large": ProblemKind("413", "A text is longer than is taken.", "Send a shorter one."),
    "too-many-bytes": ProblemKind(
        "503", "The bodies of all requests together are too large.", "Try again, or send less at a time."
    ),
    "too-many-records": ProblemKind("413", "One post holds more than 10,000 records.", "Send them in several posts."),
    "too-many-streams": ProblemKind(
        "503", "More streams are open than the gateway serves.", "Close one, or try again."
    ),
    "unauthorized": ProblemKind(
        "401",
        "Nothing that lets in was sent, or it is not good any more.",
        "Send a key as Authorization: Bearer … or X-API-Key; make one with `floodmark keys create`.",
    ),
    "warming-up": ProblemKind(
        "503", "The gateway has not read, or not found, all that it needs for this.", "Try again after Retry-After."
    ),
}
"""By the name that stands behind # in `type`."""
