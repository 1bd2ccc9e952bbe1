"""The traffic that ships with Floodmark: a day with four incidents, made by `floodmark simulate`."""

from pathlib import Path

_HERE = Path(__file__).parent


def paths() -> tuple[Path, ...]:
    """The transactions file and the auth-code file, in the order in which they are replayed."""
    return _HERE / "transactions.csv", _HERE / "transactions_auth_codes.csv"


def labels() -> Path:
    """The incidents in it, as JSON."""
    return _HERE / "labels.json"
