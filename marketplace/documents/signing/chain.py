"""Certificates of our own: a root, an issuer below it, and those who sign below that (RFC 5280).

Keys are on the curve P-256; that of the time stamp is RSA, which pyHanko wants there. Nothing here
is kept: `keeping` does that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEARS = {"root": 20, "issuer": 10, "seal": 5, "time": 5, "person": 3}
LONGEST = 64  # of a name in a certificate: RFC 5280, appendix A.1
RSA_BITS = 3072
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ROOT, ISSUER, SEAL, TIME, PERSON = "root", "issuer", "seal", "time", "person"


@dataclass(frozen=True)
class Subject:
    """Who a certificate names; `number` is the organisation's credit code."""

    name: str
    organisation: str
    number: str = ""

    def x509(self) -> x509.Name:
        """As the certificate has it."""
        parts = [
            (NameOID.COUNTRY_NAME, "CN"),
            (NameOID.ORGANIZATION_NAME, self.organisation[:LONGEST]),
            (NameOID.ORGANIZATION_IDENTIFIER, self.number[:LONGEST]),
            (NameOID.COMMON_NAME, self.name[:LONGEST]),
        ]
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, and the certificates above it, the nearest first."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def serial(self) -> str:
        """The certificate's serial number, hexadecimal."""
        return serial_of(self.certificate)

    def pem(self) -> str:
        """The certificate as PEM."""
        return pem_of(self.certificate)

    def locked_key(self, secret: bytes) -> str:
        """The key as PEM, encrypted under the secret."""
        return self.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret)
        ).decode()


def issue(
    role: str,
    subject: Subject,
    now: datetime,
    above: Identity | None = None,
    *,
    revoked_at_url: str = "",
) -> Identity:
    """A new key, certified by the one above it, or by itself if there is none.

    It never outlives its issuer. `revoked_at_url`: where the issuer's list of revoked ones is.
    """
    key: Key = (
        rsa.generate_private_key(65537, RSA_BITS)
        if role == TIME
        else ec.generate_private_key(ec.SECP256R1())
    )
    name = subject.x509()
    last = now + timedelta(days=365 * YEARS[role])
    if above is not None:
        last = min(last, above.certificate.not_valid_after_utc)
    is_authority = role in {ROOT, ISSUER}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(above.certificate.subject if above else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # clocks that go slow
        .not_valid_after(last)
        .add_extension(
            x509.BasicConstraints(is_authority, {ROOT: 1, ISSUER: 0}.get(role)), critical=True
        )
        .add_extension(_usage(role), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if above is not None:
        own = above.key.public_key()
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False
        )
    if revoked_at_url:
        point = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(revoked_at_url)], None, None, None
        )
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if role == TIME:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    certificate = builder.sign(above.key if above else key, hashes.SHA256())
    return Identity(certificate, key, (above.certificate, *above.above) if above else ())


def _usage(role: str) -> x509.KeyUsage:
    """Authorities sign certificates and lists; the others sign, and cannot deny it."""
    is_authority = role in {ROOT, ISSUER}
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=role in {SEAL, PERSON},
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def revocations(authority: Identity, now: datetime, revoked: dict[int, datetime]) -> bytes:
    """The authority's list of revoked serial numbers as of now, in DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - timedelta(minutes=5))
        .next_update(now + timedelta(days=30))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    for serial, at in sorted(revoked.items()):
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(one)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def unlock(certificate: str, key: str, secret: bytes) -> Identity:
    """What `pem` and `locked_key` wrote. ValueError if the secret is another."""
    found = load_pem_private_key(key.encode(), secret)
    return Identity(x509.load_pem_x509_certificate(certificate.encode()), _ours(found))


def from_pkcs12(content: bytes, password: bytes) -> Identity:
    """A certificate of somebody else's making, for the exchange's seal; RSA keys do as well."""
    key, certificate, others = load_key_and_certificates(content, password)
    if key is None or certificate is None:
        raise ValueError("the PKCS#12 file has no key with a certificate")
    return Identity(certificate, _ours(key), tuple(others))


def _ours(key: object) -> Key:
    """A key of a kind that signs contracts."""
    if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return key
    raise ValueError("a key of another kind")


def pem_of(certificate: x509.Certificate) -> str:
    """A certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def serial_of(certificate: x509.Certificate) -> str:
    """Its serial number as hexadecimal digits."""
    return f"{certificate.serial_number:040x}"


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the certificate."""
    return certificate.fingerprint(hashes.SHA256()).hex()
