"""Prompt files."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.media.wav import MAX_TWIN, MAX_WAV, Wav, read, read_wav, twin_of, write


def test_write_and_read() -> None:
    octets = write(b"\x01\x02\x03\x04")
    assert read(octets) == b"\x01\x02\x03\x04"
    assert len(octets) == 48


def test_other_chunks_are_skipped() -> None:
    octets = write(b"\x01\x02")
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert read(octets[:36] + odd + octets[36:]) == b"\x01\x02"


@pytest.mark.parametrize(
    ("offset", "value"),
    [(0, b"RIFX"), (8, b"AVI "), (20, b"\x03\0"), (22, b"\x02\0"), (24, b"\x80\xbb"), (34, b"\x08\0")],
)
def test_other_formats_are_refused(offset: int, value: bytes) -> None:
    octets = bytearray(write(bytes(160)))
    octets[offset : offset + len(value)] = value
    with pytest.raises(ParseError):
        read(bytes(octets))


def test_the_name_of_a_twin_is_kept() -> None:
    octets = write(b"\x01\x02", twin_sha256=bytes(range(32)))
    assert read_wav(octets) == Wav(pcm=b"\x01\x02", twin_sha256=bytes(range(32)))
    assert read_wav(write(b"\x01\x02", twin_sha256=bytes(30))).twin_sha256 == b""
    assert twin_of(Path("a") / "hello.wav") == Path("a") / "hello.16k.wav"


def test_each_rate_is_read_as_itself_only() -> None:
    wide = write(b"\x01\x02", rate=16000)
    assert read_wav(wide, rate=16000).pcm == b"\x01\x02"
    with pytest.raises(ParseError):
        read(wide)
    with pytest.raises(ParseError):
        read_wav(write(b"\x01\x02"), rate=16000)
    largest = write(bytes(MAX_TWIN - 44), rate=16000)
    assert len(read_wav(largest, rate=16000).pcm) == MAX_TWIN - 44
    with pytest.raises(ParseError):
        read_wav(largest + b"\0", rate=16000)


def test_size_limit() -> None:
    largest = write(bytes(MAX_WAV - 44))
    assert len(read(largest)) == MAX_WAV - 44
    with pytest.raises(ParseError):
        read(largest + b"\0")


@given(st.binary(max_size=80), st.booleans())
def test_any_octets(octets: bytes, header: bool) -> None:
    try:
        read(b"RIFF\0\0\0\0WAVE" + octets if header else octets)
    except ParseError:
        pass
