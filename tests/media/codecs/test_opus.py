"""Opus packets from strangers, and a lost frame that the next packet brings along."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.media.codecs.opus import MAX_UNITS, OpusCodec, OpusDecoder, OpusEncoder, packet_units
from tests.media.codecs.test_table import tone


@pytest.mark.parametrize(
    ("octets", "units"),
    [
        (b"\x00", 480),  # SILK, 10 ms
        (b"\x18", 2880),  # SILK, 60 ms
        (b"\x78", 960),  # hybrid, 20 ms
        (b"\x80", 120),  # CELT, 2.5 ms
        (b"\x09", 1920),  # two frames of 20 ms
        (b"\x0b\x06", 5760),  # six frames of 20 ms: the most
        (b"\x0b\x07", 0),  # seven
        (b"\x0b", 0),
        (b"\x0b\x00", 0),
    ],
)
def test_the_first_octets_tell_the_duration(octets: bytes, units: int) -> None:
    assert packet_units(octets) == units
    assert units <= MAX_UNITS


@given(st.binary(max_size=200))
def test_any_octets_are_samples_or_an_error(octets: bytes) -> None:
    decoder = OpusDecoder(8000)
    try:
        pcm = decoder.decode(octets)
    except ParseError as error:
        assert error.status == 0
    else:
        assert len(pcm) == packet_units(octets) // 6 * 2


def test_a_lost_frame_comes_back_from_the_next_packet() -> None:
    encoder, sent = OpusEncoder(16000), tone(16000, 400)
    packets = [encoder.encode(sent[i : i + 640]) for i in range(0, len(sent), 640)]
    decoder = OpusDecoder(16000)
    for packet in packets[:30]:
        decoder.decode(packet)
    repaired = decoder.conceal(320, packets[31])
    assert repaired is not None
    assert np.frombuffer(repaired, "<i2").std() > 2000


def test_without_the_next_packet_the_codec_has_nothing_to_say() -> None:
    decoder = OpusCodec().decoder(8000)
    assert decoder.conceal(160, None) is None
    assert decoder.conceal(80, OpusEncoder(8000).encode(bytes(320))) is None
