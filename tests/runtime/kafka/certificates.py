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


CA_FILE = f"""
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {NAMES["server"]}
"""


def make_expired(certificates: Certificates) -> Path:
    """A certificate of `server` by the authority that was good for a day, in 2020; its key is that of `server`."""
    folder = certificates.folder
    (folder / "index.txt").write_text("")
    (folder / "ca.cnf").write_text(CA_FILE)
    _openssl(folder, "req", "-new", "-key", "server.key", "-subj", "/CN=server", "-out", "expired.csr")
    span = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
    signer = ("-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-batch", "-notext")
    _openssl(folder, "ca", *signer, *span, "-in", "expired.csr", "-out", "expired.pem")
    return folder / "expired.pem"


def _files(name: str) -> tuple[str, ...]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.pem")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
