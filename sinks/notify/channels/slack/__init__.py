"""The channel slack: one message for each notification, which changes with it, and a thread under it.

The first message is posted, each further one changes it (`chat.update`) and is a reply in its thread, so that people
see what is true now and how it came to that. Replies that call people are shown in the channel as well. Where the
message has been deleted, a new one is posted.

All words are `plain_text`, which knows no markup, and are escaped besides: no scope, key or note can mention anybody,
make a link or begin a line. With `buttons = true` people can answer; the buttons' `action_id` are in `ACTIONS`, their
value is JSON: `{"notification": ..., "incidents": [...]}`.

Rules of the service: https://docs.slack.dev/reference/block-kit/blocks, methods chat.postMessage and chat.update.
"""
