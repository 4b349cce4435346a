"""Every codec at both rates: what goes in comes out, at its level and in its time."""

import math

import numpy as np
import pytest

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW, WIDE, Codec
from pbx.media.codecs.table import CODECS, find_codec

ALL = pytest.mark.parametrize("codec", CODECS.values(), ids=[f"{name}/{clock}" for name, clock in CODECS])
RATES = pytest.mark.parametrize("rate", [NARROW, WIDE])
MAX_DELAY_S = 0.02


def tone(rate: int, hz: float, seconds: float = 1.0) -> bytes:
    t = np.arange(int(rate * seconds)) / rate
    return bytes(np.rint(8000 * np.sin(2 * math.pi * hz * t)).astype("<i2").tobytes())


def through(codec: Codec, pcm: bytes, rate: int, packet_ms: int = 20) -> bytes:
    encoder, decoder = codec.encoder(rate), codec.decoder(rate)
    step = rate * packet_ms // 1000 * 2
    return b"".join(decoder.decode(encoder.encode(pcm[i : i + step])) for i in range(0, len(pcm), step))


def likeness(sent: bytes, heard: bytes, rate: int) -> float:
    """The best correlation over all delays of up to 20 ms, of the half second in the middle."""
    x = np.frombuffer(sent, "<i2").astype(float)
    y = np.frombuffer(heard, "<i2").astype(float)
    start, n = rate // 4, rate // 2
    delays = range(int(rate * MAX_DELAY_S))
    return max(float(np.corrcoef(x[start : start + n], y[start + d : start + d + n])[0, 1]) for d in delays)


@ALL
@RATES
def test_a_tone_comes_out_as_it_went_in(codec: Codec, rate: int) -> None:
    sent = tone(rate, 700)
    heard = through(codec, sent, rate)
    assert len(heard) == len(sent)
    assert likeness(sent, heard, rate) > 0.995
    level = [float(np.frombuffer(pcm, "<i2")[rate // 4 :].std()) for pcm in (sent, heard)]
    assert abs(20 * math.log10(level[1] / level[0])) < 0.5


@pytest.mark.requirement("MED-02")
@ALL
@pytest.mark.parametrize("packet_ms", [10, 20, 40, 60])
def test_a_payload_knows_its_duration(codec: Codec, packet_ms: int) -> None:
    clock = next(clock for (_, clock), one in CODECS.items() if one is codec)
    payload = codec.encoder(NARROW).encode(bytes(2 * NARROW * packet_ms // 1000))
    assert codec.duration(payload) == clock * packet_ms // 1000
    assert len(codec.decoder(NARROW).decode(payload)) == 2 * NARROW * packet_ms // 1000


@pytest.mark.parametrize("encoding", ["G722", "opus"])
def test_wide_band_carries_what_a_telephone_does_not(encoding: Encoding) -> None:
    codec = next(codec for (name, _), codec in CODECS.items() if name == encoding)
    heard = np.frombuffer(through(codec, tone(WIDE, 6000), WIDE), "<i2")[WIDE // 4 :]
    assert heard.std() > 0.5 * 8000 / math.sqrt(2)


@ALL
@RATES
def test_an_empty_payload_is_refused(codec: Codec, rate: int) -> None:
    assert codec.duration(b"") == 0
    with pytest.raises(ParseError):
        codec.decoder(rate).decode(b"")


def test_what_is_only_passed_through_has_no_codec() -> None:
    assert find_codec("G729", 8000) is None
    assert find_codec("L16", 44100) is None
