"""G.711 against the values of the Recommendation and against its own definition."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import Encoding
from pbx.media import g711

LAWS: tuple[Encoding, ...] = ("PCMU", "PCMA")


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


@pytest.mark.parametrize(
    ("encoding", "sample", "code"),
    [
        ("PCMU", 0, 0xFF),
        ("PCMU", 32635, 0x80),
        ("PCMU", 32767, 0x80),
        ("PCMU", -32768, 0x00),
        ("PCMU", 1000, 0xCE),
        ("PCMU", -1000, 0x4E),
        ("PCMA", 0, 0xD5),
        ("PCMA", -1, 0x55),
        ("PCMA", 32767, 0xAA),
        ("PCMA", -32768, 0x2A),
        ("PCMA", 1000, 0xFA),
        ("PCMA", -1000, 0x7A),
    ],
)
def test_codes_of_known_samples(encoding: Encoding, sample: int, code: int) -> None:
    assert g711.encode(pcm(sample), encoding) == bytes([code])


@pytest.mark.parametrize(
    ("encoding", "code", "sample"),
    [("PCMU", 0xFF, 0), ("PCMU", 0x80, 32124), ("PCMU", 0, -32124), ("PCMA", 0xD5, 8), ("PCMA", 0xAA, 32256)],
)
def test_samples_of_known_codes(encoding: Encoding, code: int, sample: int) -> None:
    assert g711.decode(bytes([code]), encoding) == pcm(sample)


@pytest.mark.parametrize("encoding", LAWS)
def test_every_code_survives_decoding_and_encoding(encoding: Encoding) -> None:
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes, encoding), encoding)
    # mu-law has a second zero (0x7F), which nobody can tell from the first.
    assert again == (codes.replace(b"\x7f", b"\xff") if encoding == "PCMU" else codes)


@given(st.integers(-32768, 32767), st.sampled_from(LAWS))
def test_error_is_within_half_a_step(sample: int, encoding: Encoding) -> None:
    (back,) = struct.unpack("<h", g711.decode(g711.encode(pcm(sample), encoding), encoding))
    assert abs(back - sample) <= max(abs(sample) // 16, 16) + (644 if abs(sample) > 32000 else 0)


def test_translation_is_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert codes.translate(g711.MU_TO_A) == g711.encode(g711.decode(codes, "PCMU"), "PCMA")
    assert codes.translate(g711.A_TO_MU) == g711.encode(g711.decode(codes, "PCMA"), "PCMU")
    assert g711.translation("PCMU", "PCMA") == g711.MU_TO_A
    assert g711.translation("PCMA", "PCMU") == g711.A_TO_MU
    assert g711.translation("PCMA", "PCMA") is None


def test_an_odd_octet_is_ignored() -> None:
    assert len(g711.encode(b"\x00\x00\x01", "PCMU")) == 1
