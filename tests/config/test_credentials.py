"""Key and certificate files: one line about what is wrong, and nothing of what is in them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pbx.config.credentials import (
    MAX_FILE,
    MAX_TOKEN,
    MIN_TOKEN,
    read_anchors,
    read_secret,
    read_signing_key,
    read_token,
)
from pbx.core.errors import ConfigError
from tests.sip.stir.conftest import CARRIER, ROOT


def pem(curve: ec.EllipticCurve) -> bytes:
    return ec.generate_private_key(curve).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_key_and_a_list(tmp_path: Path) -> None:
    key, anchors = tmp_path / "key.pem", tmp_path / "anchors.pem"
    key.write_bytes(pem(ec.SECP256R1()))
    anchors.write_bytes(ROOT.pem + CARRIER.pem)
    assert read_signing_key(key).curve.name == "secp256r1"
    assert read_anchors(anchors) == (ROOT.certificate, CARRIER.certificate)


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (b"secret", "not a private key in PEM"),
        (pem(ec.SECP384R1()), "ES256 needs a key on the curve P-256"),
        (ROOT.pem, "not a private key in PEM"),
        (b"x" * (MAX_FILE + 1), "more than"),
    ],
)
def test_keys_that_cannot_sign(tmp_path: Path, octets: bytes, problem: str) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(octets)
    with pytest.raises(ConfigError, match=problem) as caught:
        read_signing_key(file)
    assert "secret" not in str(caught.value)


def test_files_that_are_no_list(tmp_path: Path) -> None:
    file = tmp_path / "anchors.pem"
    with pytest.raises(ConfigError, match="cannot be read"):
        read_anchors(file)
    file.write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="not a list of certificates"):
        read_anchors(file)


def test_a_secret_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "blue"
    path.write_text("pa55 word\n")
    secret = read_secret(path)
    assert secret.reveal() == "pa55 word" and "pa55" not in repr(secret)


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo", b"\xff\xfe"])
def test_a_secret_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "blue"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="blue:1:1: expected one line") as caught:
        read_secret(path)
    assert "two" not in str(caught.value)


def test_a_secret_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="blue"):
        read_secret(tmp_path / "blue")


def test_a_token_is_one_line_of_its_characters(tmp_path: Path) -> None:
    file = tmp_path / "token"
    for token in ("a" * MIN_TOKEN, "a" * MAX_TOKEN, "0aZ-._~+/" * 4 + "=="):
        file.write_text(f"{token}\n")
        assert read_token(file).reveal() == token.encode()


@pytest.mark.parametrize(
    "text",
    ["", "a" * (MIN_TOKEN - 1), "a" * (MAX_TOKEN + 1), "a" * 32 + " b", "ä" * 32, "=" * 32, "a" * 32 + "\nb"],
)
def test_a_token_that_nobody_could_send(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    with pytest.raises(ConfigError, match="expected one line") as caught:
        read_token(file)
    assert not text.strip() or text.strip() not in str(caught.value)
