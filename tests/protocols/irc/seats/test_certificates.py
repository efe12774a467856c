"""Certificates of people's own."""

import hashlib
import ssl

from protocols.irc.seats.certificates import fingerprints, made


def test_a_certificate_is_known_by_its_fingerprints() -> None:
    pem = made("anna")
    assert "PRIVATE KEY" in pem
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])
    assert fingerprints(pem) == (
        f"SHA-256 {hashlib.sha256(der).hexdigest()}, SHA-512 {hashlib.sha512(der).hexdigest()}"
    )
    assert fingerprints(made("anna")) != fingerprints(pem)
