"""The sample in a store of its own, for all tests of this folder."""

from tests.sample_store import filled

__all__ = ["filled"]
