"""What Slack's answers mean: it answers 200 to what it refuses, and says why in a word."""

from collections.abc import Mapping
from typing import Final

from sinks.protocol import Trouble

PASSING: Final[Mapping[str, Trouble]] = {
    "ratelimited": Trouble.THROTTLED,
    "rate_limited": Trouble.THROTTLED,
    "message_limit_exceeded": Trouble.THROTTLED,
    "request_timeout": Trouble.TIMEOUT,
    "fatal_error": Trouble.SERVER_ERROR,
    "internal_error": Trouble.SERVER_ERROR,
    "service_unavailable": Trouble.SERVER_ERROR,
    "update_failed": Trouble.SERVER_ERROR,
    "team_added_to_org": Trouble.SERVER_ERROR,
    "external_channel_migrating": Trouble.SERVER_ERROR,
}
"""These pass by themselves."""
OF_THE_MESSAGE: Final = frozenset(
    {
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_arguments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
"""These are about this message alone."""
GONE: Final = frozenset({"message_not_found"})
"""The message has been deleted: another one is posted."""
FROZEN: Final = frozenset({"cant_update_message", "edit_window_closed"})
"""The message cannot change any more: what is new stands in its thread alone."""
_CREDENTIALS: Final = "check the bot token"
ADVICE: Final[Mapping[str, str]] = {
    "account_inactive": _CREDENTIALS,
    "channel_not_found": "check the channel, and that the app is a member of it",
    "invalid_auth": _CREDENTIALS,
    "is_archived": "the channel is archived; give another one",
    "is_inactive": "the channel is archived; give another one",
    "missing_scope": "the app needs the scope chat:write",
    "not_allowed_token_type": "the token has to be a bot token",
    "not_authed": _CREDENTIALS,
    "not_in_channel": "invite the app into the channel",
    "token_expired": _CREDENTIALS,
    "token_revoked": _CREDENTIALS,
}
"""All else is for somebody to mend; of these we know what."""
