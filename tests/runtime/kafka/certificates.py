"""Certificates for tests, made by the openssl command."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
KEY_PASSWORD = "of the key"
NAMES = {"server": "DNS:localhost,IP:127.0.0.1", "elsewhere": "DNS:elsewhere", "client": "DNS:client"}


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where they are: an authority, what it has signed, and another authority."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority."""
        return self.folder / "ca.pem"

    @property
    def other(self) -> Path:
        """An authority that has signed nothing here."""
        return self.folder / "other.pem"

    @property
    def client(self) -> Path:
        """What a client of ours shows."""
        return self.folder / "client.pem"

    def store(self, name: str) -> Path:
        """A key store for Kafka: the key of `server` or `elsewhere`, and its certificate."""
        return self.folder / f"{name}-store.pem"

    def key(self, name: str) -> Path:
        """The private key of a certificate."""
        return self.folder / f"{name}.key"


def make_certificates(folder: Path) -> Certificates:
    """An authority `ca` and what it has signed: `server` (127.0.0.1 and localhost), `elsewhere`, `client`.

    Beside them a stranger `other`, the key of `client` once more as `locked`, and key stores for Kafka.
    """
    for name in ("ca", "other"):
        _openssl(folder, "req", "-x509", *KEY, "-nodes", "-days", "30", "-subj", f"/CN={name}", *_files(name))
    for name, names in NAMES.items():
        request = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", f"subjectAltName={names}")
        _openssl(folder, "req", "-x509", *KEY, "-nodes", "-days", "30", "-subj", f"/CN={name}", *request, *_files(name))
    _openssl(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", f"pass:{KEY_PASSWORD}")
    # Kafka's own form of a key store: the key, then its certificate.
    for name in ("server", "elsewhere"):
        store = (folder / f"{name}.key").read_bytes() + (folder / f"{name}.pem").read_bytes()
        (folder / f"{name}-store.pem").write_bytes(store)
    return Certificates(folder)


def _files(name: str) -> tuple[str, ...]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.pem")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
