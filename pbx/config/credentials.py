"""Keys and certificates that files name: read where they are used, with one line about what is wrong."""

import re
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pbx.core.errors import ConfigError
from pbx.core.secret import Secret

MIN_TOKEN, MAX_TOKEN = 32, 512  # characters; 32 hexadecimal ones are 128 bits
_TOKEN = re.compile(rf"(?=.{{{MIN_TOKEN},{MAX_TOKEN}}}$)[A-Za-z0-9._~+/-]+=*", re.ASCII)
MAX_FILE = 1 << 20  # a national list of authorities has some dozens of certificates


def read_signing_key(file: Path) -> EllipticCurvePrivateKey:
    """Return the P-256 key of a PEM file; ConfigError, which says nothing of its content."""
    octets = _read(file)
    try:
        key = load_pem_private_key(octets, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(str(file), 1, 1, "", "not a private key in PEM without a password") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigError(str(file), 1, 1, "", "ES256 needs a key on the curve P-256") from None
    return key


def read_anchors(file: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file; ConfigError."""
    octets = _read(file)
    try:
        return tuple(x509.load_pem_x509_certificates(octets))
    except ValueError:
        raise ConfigError(str(file), 1, 1, "", "not a list of certificates in PEM") from None


def read_secret(file: Path) -> Secret[str]:
    """Return the one line of a file; ConfigError when it cannot be read or is not one line."""
    try:
        text = _read(file).decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or "\n" in text:
        raise ConfigError(str(file), 1, 1, "", "expected one line with the secret")
    return Secret(text)


def read_token(file: Path) -> Secret[bytes]:
    """Return the bearer token of a file, one line of the characters of RFC 6750 §2.1; ConfigError."""
    token = read_secret(file).reveal()
    if _TOKEN.fullmatch(token) is None:
        expected = f"expected one line of {MIN_TOKEN} to {MAX_TOKEN} letters, digits and -._~+/="
        raise ConfigError(str(file), 1, 1, "", f"{expected}, as `openssl rand -hex 32` makes it")
    return Secret(token.encode("ascii"))


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_FILE:
            raise ConfigError(str(file), 1, 1, "", f"more than {MAX_FILE} octets")
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), 1, 1, "", f"cannot be read: {error.strerror}") from None
