"""Where a store keeps its things inside a data directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StorePaths:
    """The files of the store under `<data-dir>/store`."""

    root: Path

    @classmethod
    def under(cls, data_dir: Path) -> "StorePaths":
        """The store of a data directory, which need not exist."""
        return cls(data_dir.absolute() / "store")

    @property
    def tables(self) -> Path:
        """The engine's own directory."""
        return self.root / "data"

    @property
    def credentials(self) -> Path:
        """User names and passwords, readable by the owner alone."""
        return self.root / "credentials.json"

    @property
    def endpoint(self) -> Path:
        """Where the running store listens; not there when none runs."""
        return self.root / "endpoint.json"

    @property
    def port(self) -> Path:
        """The port of the last run, so that the next one can have it again."""
        return self.root / "port"

    @property
    def lock(self) -> Path:
        """Held by the process that has the engine open."""
        return self.root / "lock"
