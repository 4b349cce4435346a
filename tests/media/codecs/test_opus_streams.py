"""Opus with a stream for each channel."""

import numpy as np
import pytest
from opuslib_next.exceptions import OpusError

from pbx.media.codecs.opus_streams import MAX_CHANNELS, MAX_PACKET, OpusStreams


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("n_channels", [1, 2, 5])
def test_a_frame_of_all_channels_is_one_packet(rate: int, n_channels: int) -> None:
    streams = OpusStreams(rate, n_channels, bit_rate=16_000, complexity=0)
    assert streams.frame == rate // 50
    assert 0 < streams.lookahead < streams.frame
    packet = streams.encode(bytes(2 * n_channels * streams.frame))
    assert 0 < len(packet) <= MAX_PACKET * n_channels


@pytest.mark.rfc("6716", "B")
def test_all_streams_but_the_last_say_how_long_they_are() -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, (160, 3), dtype=np.int16)
    packet = OpusStreams(8000, 3, bit_rate=16_000, complexity=5).encode(noise.tobytes())
    at = 0
    for _ in range(2):
        assert packet[at] & 3 == 0, "one frame in a packet"
        length = packet[at + 1]
        at += 2 + length if length < 252 else 3 + length + 4 * packet[at + 2]
    assert at < len(packet)
    assert packet[at] & 3 == 0


def test_the_bit_rate_is_that_of_each_channel() -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, (50, 160, 2), dtype=np.int16)
    streams = OpusStreams(8000, 2, bit_rate=16_000, complexity=5)
    n_octets = sum(len(streams.encode(frame.tobytes())) for frame in noise)
    assert 2500 < n_octets < 6000  # a second of 2 x 16 kbit/s has 4000


def test_no_more_channels_than_a_packet_can_number() -> None:
    OpusStreams(8000, MAX_CHANNELS, bit_rate=16_000, complexity=0)
    with pytest.raises(OpusError):
        OpusStreams(8000, MAX_CHANNELS + 1, bit_rate=16_000, complexity=0)
