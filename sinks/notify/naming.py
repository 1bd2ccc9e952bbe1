"""What notifications are called: the same for the same thing, whoever names it, and never for two."""

from hashlib import sha256


def name_of(*parts: str) -> str:
    """The name of what these parts tell from all else, 16 hexadecimal digits; others may have written parts.

    A `|` in a part parts nothing: scopes and ids of incidents are words of others.
    """
    marked = (part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    return sha256("|".join(marked).encode()).hexdigest()[:16]
