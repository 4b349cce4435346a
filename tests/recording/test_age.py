"""Our age against two others, both ways: the pyrage library and the `age` command."""

import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age import (
    CHUNK,
    FILE_KEY_SIZE,
    NONCE_SIZE,
    Identity,
    PayloadDecryptor,
    PayloadEncryptor,
    build_header,
    generate_identity,
    parse_header,
    parse_identity,
    unwrap_header,
)

SIZES = [0, 1, CHUNK, CHUNK + 1, 1_000_003]
AGE = shutil.which("age")


def plain(size: int) -> bytes:
    return bytes(i * 31 & 255 for i in range(size))


def seal(octets: bytes, *identities: Identity) -> bytes:
    ids = SeededIds("interop")
    file_key = Secret(ids.octets(FILE_KEY_SIZE))
    encryptor = PayloadEncryptor(file_key, ids.octets(NONCE_SIZE))
    header = build_header(file_key, [identity.recipient for identity in identities], ids)
    return header + encryptor.update(octets) + encryptor.finish()


def unseal(octets: bytes, identity: Identity) -> bytes:
    header = parse_header(octets)
    opened = unwrap_header(header, [identity])
    assert opened is not None
    decryptor = PayloadDecryptor(opened[0])
    return decryptor.update(octets[header.size :]) + decryptor.finish()


@pytest.fixture(params=[1, 2])
def identity(request: pytest.FixtureRequest) -> Identity:
    return generate_identity(SeededIds(f"identity {request.param}"))


@pytest.mark.requirement("E-03")
@pytest.mark.parametrize("size", SIZES)
def test_pyrage_reads_what_we_write(size: int, identity: Identity) -> None:
    escrow = generate_identity(SeededIds("escrow"))
    sealed = seal(plain(size), escrow, identity)
    for each in (identity, escrow):
        theirs = pyrage.x25519.Identity.from_str(each.text().reveal())
        assert str(theirs.to_public()) == str(each.recipient)
        assert pyrage.decrypt(sealed, [theirs]) == plain(size)


@pytest.mark.requirement("E-10")
def test_stock_tools_open_a_header_that_names_its_recording(identity: Identity, tmp_path: Path) -> None:
    ids = SeededIds("bound")
    file_key = Secret(ids.octets(FILE_KEY_SIZE))
    encryptor = PayloadEncryptor(file_key, ids.octets(NONCE_SIZE))
    header = build_header(file_key, [identity.recipient], ids, recording="rec-1")
    sealed = header + encryptor.update(b"sound") + encryptor.finish()
    theirs = pyrage.x25519.Identity.from_str(identity.text().reveal())
    assert pyrage.decrypt(sealed, [theirs]) == b"sound"
    assert AGE, "the age command must be installed"
    key = tmp_path / "key"
    key.write_text(identity.text().reveal() + "\n")
    done = subprocess.run([AGE, "-d", "-i", key], input=sealed, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"sound")


@pytest.mark.requirement("E-03")
@pytest.mark.parametrize("size", SIZES)
def test_we_read_what_pyrage_writes(size: int) -> None:
    theirs = pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(plain(size), [theirs.to_public()])
    assert unseal(sealed, parse_identity(Secret(str(theirs)))) == plain(size)


@pytest.mark.requirement("E-03")
@pytest.mark.parametrize("size", SIZES)
def test_the_age_command_reads_what_we_write(size: int, identity: Identity, tmp_path: Path) -> None:
    assert AGE, "the age command must be installed"
    key = tmp_path / "key"
    key.write_text(identity.text().reveal() + "\n")
    done = subprocess.run([AGE, "-d", "-i", key], input=seal(plain(size), identity), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == plain(size)


@pytest.mark.requirement("E-03")
@pytest.mark.parametrize("size", SIZES)
def test_we_read_what_the_age_command_writes(size: int, identity: Identity) -> None:
    assert AGE, "the age command must be installed"
    command = [AGE, "-r", str(identity.recipient)]
    done = subprocess.run(command, input=plain(size), capture_output=True, check=True)
    assert unseal(done.stdout, identity) == plain(size)
