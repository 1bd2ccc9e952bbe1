"""The two users of the store and their passwords, which it makes itself."""

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from floodmark.queries.errors import StoreError

OWNER: Final = "floodmark"
"""May define tables, insert and read. What only reads has no business with this user."""
READER: Final = "reader"
"""May read, with limits (`floodmark.local.store.limits`)."""


class CredentialsError(Exception):
    """The credentials file cannot be used; the message says why and what to do."""


class Users:
    """Names and passwords.

    Args:
        passwords: The password of each user.
    """

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a credentials file.

        Raises:
            CredentialsError: it is missing, unreadable or incomplete.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            return cls({name: str(content[name]) for name in (OWNER, READER)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not what the store wrote"
            raise CredentialsError(
                f"the store's passwords in {path} cannot be read ({reason}). "
                "Read it as the user that runs the store, or stop the store, delete the file and start it again."
            ) from None

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """Read the credentials file, or make one with random passwords that only its owner can read.

        Raises:
            CredentialsError: there is one, but it cannot be used.
            OSError: none can be made.
        """
        if not path.exists():
            passwords = {name: secrets.token_urlsafe(24) for name in (OWNER, READER)}
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(passwords, file)
            draft.replace(path)
        path.chmod(0o600)
        return cls.load(path)

    def password(self, name: str) -> str:
        """The password of a user that exists."""
        return self._passwords[name]

    def authenticate(self, name: str, password: str) -> str:
        """The name of the user, when the password is right.

        Raises:
            StoreError: code 516, whether the name or the password is wrong.
        """
        expected = self._passwords.get(name, secrets.token_urlsafe(24))
        if not hmac.compare_digest(expected.encode(), password.encode()) or name not in self._passwords:
            raise StoreError(
                516,
                "AUTHENTICATION_FAILED",
                f"{name}: Authentication failed: password is incorrect, or there is no user with such name.",
            )
        return name
