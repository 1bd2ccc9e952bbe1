"""Certificates for tests, made by the openssl command."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
KEY_PASSWORD = "of the key"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where they are: an authority, what it has signed, and another authority."""

    folder: Path

    def __getattr__(self, name: str) -> Path:
        """`ca`, `server`, `client` and so on: the file of that name."""
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        """The private key of a certificate."""
        return self.folder / f"{name}.key"


def make_certificates(folder: Path) -> Certificates:
    """An authority `ca`, a stranger `other`, and `server` (for 127.0.0.1 and localhost) and `client`, signed by it."""
    for name in ("ca", "other"):
        _openssl(folder, "req", "-x509", *KEY, "-nodes", "-days", "30", "-subj", f"/CN={name}", *_files(name))
    for name, names in (("server", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:client")):
        request = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", f"subjectAltName={names}")
        _openssl(folder, "req", "-x509", *KEY, "-nodes", "-days", "30", "-subj", f"/CN={name}", *request, *_files(name))
    _openssl(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", f"pass:{KEY_PASSWORD}")
    # Kafka's own form of a key store: the key, then its certificate.
    (folder / "store.pem").write_bytes((folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes())
    return Certificates(folder)


def _files(name: str) -> tuple[str, ...]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.pem")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
