"""A certificate of a person's own, by which IRC services know them (CertFP, SASL EXTERNAL)."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_YEARS = 20


def made(name: str) -> str:
    """Return a new key and a certificate for it, signed by itself, as PEM. What it says does not
    matter: services know it by its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:60] or "tercet")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return (secret + certificate.public_bytes(serialization.Encoding.PEM)).decode()


def fingerprints(pem: str) -> str:
    """Return what services may know a certificate by; networks differ in the hash they use."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    short, long = (certificate.fingerprint(kind) for kind in (hashes.SHA256(), hashes.SHA512()))
    return f"SHA-256 {short.hex()}, SHA-512 {long.hex()}"
