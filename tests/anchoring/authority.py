"""A time-stamp authority for tests: certificates made here, answers made by openssl itself."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
TYPE = "application/timestamp-reply"
_UNUSED = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)
_SECTION = """[tsa]
serial = {d}/serial
crypto_device = builtin
signer_cert = {d}/{signer}
signer_key = {d}/tsa.key
{chain}signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True, slots=True, kw_only=True)
class TestAuthority:
    """An authority in a directory of its own; `root` is what its stamps are verified against."""

    __test__ = False

    directory: Path
    name: str
    root_key: rsa.RSAPrivateKey = field(default_factory=_key)
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    def __post_init__(self) -> None:
        """Make the certificates."""
        self.directory.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        root = _builder(f"{self.name} root", f"{self.name} root", self.root_key, now - DAY, now + 365 * DAY)
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = dict.fromkeys(_UNUSED, False)
        root = root.add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        self._write("root.pem", root.sign(self.root_key, hashes.SHA256()))
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.directory / "tsa.key").write_bytes(pem)
        (self.directory / "serial").write_text("01\n")
        self._write("tsa.pem", self.certificate())
        self._write("expired.pem", self.certificate(start=now - 20 * DAY, end=now - 10 * DAY))
        self._write("future.pem", self.certificate(start=now + 10 * DAY, end=now + 20 * DAY))
        (self.directory / "chain.pem").write_bytes(
            (self.directory / "root.pem").read_bytes() + (self.directory / "tsa.pem").read_bytes()
        )

    @property
    def root(self) -> Path:
        """The root certificate."""
        return self.directory / "root.pem"

    def certificate(
        self,
        *,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> x509.Certificate:
        """A certificate of the authority's key, always of the same serial number."""
        now = datetime.now(UTC).replace(microsecond=0)
        made = _builder(
            f"{self.name} signer", f"{self.name} root", self.key, start or now - DAY, end or now + 365 * DAY
        )
        made = made.serial_number(4711).add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        return made.sign(self.root_key, hashes.SHA256())

    def answer(self, query: bytes, *, signer: str = "tsa.pem", chain: str = "") -> bytes:
        """What openssl answers to a query; `chain` names a file of more certificates to send, unsorted."""
        with tempfile.TemporaryDirectory() as folder:
            asked, given, config = (Path(folder) / name for name in ("q", "r", "cnf"))
            asked.write_bytes(query)
            more = f"certs = {self.directory / chain}\n" if chain else ""
            config.write_text(_SECTION.format(d=self.directory, signer=signer, chain=more))
            words = ["-config", config, "-section", "tsa", "-queryfile", asked, "-out", given]
            subprocess.run(["openssl", "ts", "-reply", *words], check=True, capture_output=True)
            return given.read_bytes()

    def respond(self, request: bytes) -> Iterator[bytes]:
        """Answer an HTTP request, for an ExactServer."""
        yield http(self.answer(request.partition(b"\r\n\r\n")[2]))

    def _write(self, name: str, certificate: x509.Certificate) -> None:
        (self.directory / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def http(body: bytes, *, status: str = "200 OK", type_: str = TYPE) -> bytes:
    """An HTTP reply."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {type_}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _builder(
    subject: str, issuer: str, key: rsa.RSAPrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=_name(subject),
        issuer_name=_name(issuer),
        public_key=key.public_key(),
        serial_number=None if "signer" in subject else x509.random_serial_number(),
        not_valid_before=start.replace(microsecond=0),
        not_valid_after=end.replace(microsecond=0),
    )
