"""The channel apprise: all other targets (e-mail, Teams, Discord, Telegram, SMS ...) by a URL of the library apprise.

The library says of a message that it was taken, or not; nothing else. So there is no receipt of the target, nothing
that was sent can change, and no conversation: each message stands by itself. The URL holds the credentials, so it is a
secret: https://github.com/caronc/apprise/wiki has one for each target. Addresses are not checked as those of the other
channels are, and each channel has one target: what was taken is not sent again because another target is down.

Messages are plain text: apprise escapes it for a target that takes HTML or Markdown. Besides, characters that call
people, make links or set type at some target (`@ < > [ ] * backtick`) are written as others that look like them, except
in e-mail.
"""
