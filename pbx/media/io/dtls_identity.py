"""The certificate of this worker process, made when it starts and never written anywhere."""

import os
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from pbx.core.io.clock import utc_now
from pbx.media.dtls_identity import DtlsIdentity

_BACKDATED = timedelta(days=1)  # for peers whose clock is behind
_LIFETIME = timedelta(days=365)  # longer than a worker runs


def new_identity() -> DtlsIdentity:
    """Return an identity with a fresh P-256 key, which takes some 10 ms."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "media")])  # tells a peer nothing
    now = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
        .sign(key, SHA256())
    )
    return DtlsIdentity(key, certificate, os.urandom(32))
