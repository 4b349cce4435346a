"""Opus packets from strangers, and a lost frame that the next packet brings along."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import OpusWish
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import Rest
from pbx.media.codecs.opus import MAX_UNITS, OpusCodec, OpusDecoder, OpusEncoder, is_idle, packet_units
from tests.integration.voices import speech_like
from tests.media.codecs.test_table import tone

DTX = OpusWish(dtx=True)


def packets(wish: OpusWish, pcm: bytes, rate: int = 8000, frame_ms: int = 20) -> list[bytes]:
    encoder, size = OpusEncoder(rate, wish), rate * frame_ms // 1000 * 2
    return [encoder.encode(pcm[at : at + size]) for at in range(0, len(pcm) - size + 1, size)]


def background(seconds: float, rms: float, rate: int = 8000) -> bytes:
    noise = np.random.default_rng(1).normal(scale=rms, size=int(rate * seconds))
    return noise.astype("<i2").tobytes()


def level(pcm: Iterable[bytes]) -> float:
    return float(np.frombuffer(b"".join(pcm), "<i2").std())


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
    sent = packets(OpusWish(fec=True), tone(16000, 400), 16000)
    decoder = OpusDecoder(16000)
    for packet in sent[:30]:
        decoder.decode(packet)
    repaired = decoder.conceal(320, sent[31])
    assert repaired is not None
    assert np.frombuffer(repaired, "<i2").std() > 2000


def test_without_the_next_packet_the_codec_has_nothing_to_say() -> None:
    decoder = OpusCodec().decoder(8000)
    assert decoder.conceal(160, None) is None
    assert decoder.conceal(80, OpusEncoder(8000).encode(bytes(320))) is None


@pytest.mark.requirement("MED-02")
@pytest.mark.rfc("7587", "3.1.3")
@pytest.mark.parametrize("frame_ms", [10, 20, 40, 60])
@pytest.mark.parametrize("rate", [8000, 16000])
def test_silence_costs_next_to_nothing_for_who_asks_for_dtx(rate: int, frame_ms: int) -> None:
    said = packets(DTX, background(5, 5, rate), rate, frame_ms)
    after = said[1000 // frame_ms :]
    assert all(isinstance(one, Rest) for one in after)
    assert sum(map(bool, after)) < 5 * 4  # fewer than five packets a second
    assert all(len(one) > 2 for one in said if one)


def test_who_does_not_ask_gets_every_packet() -> None:
    for wish in (OpusWish(), OpusWish(fec=True)):
        said = packets(wish, bytes(16000 * 2))
        assert len(said) == 100 and all(said) and not any(isinstance(one, Rest) for one in said)


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize("silence", [b"\0\0" * 12000, background(1.5, 10)], ids=["digital", "background"])
def test_speech_comes_back_with_its_first_packet(silence: bytes) -> None:
    """The first 60 ms of a voice are as loud as for who asked for no DTX."""
    voice = speech_like(3, 0.4)
    n_silent = len(silence) // 320
    heard = {}
    for wish in (OpusWish(), DTX):
        said = packets(wish, silence + voice)
        assert all(said[n_silent:]) and not any(isinstance(one, Rest) for one in said[n_silent:])
        decoder, pcm = OpusDecoder(8000), []
        for one in said:
            pcm.append(decoder.decode(one) if one else decoder.conceal(160, None) or bytes(320))
        heard[wish] = [level([one]) for one in pcm[n_silent : n_silent + 3]]
    assert all(dtx > 0.7 * usual for usual, dtx in zip(heard[OpusWish()], heard[DTX], strict=True))


@pytest.mark.requirement("MED-02")
def test_a_pause_sounds_like_the_background_and_not_like_a_dead_line() -> None:
    decoder, between = OpusDecoder(8000), []
    for one in packets(DTX, background(3, 20)):
        pcm = decoder.decode(one) if one else decoder.conceal(160, None)
        assert pcm is not None and len(pcm) == 320
        between += [] if one else [pcm]
    assert len(between) > 100
    assert 5 < level(between[50:]) < 40


def test_after_a_voice_the_codec_has_nothing_to_say() -> None:
    decoder = OpusDecoder(8000)
    said = packets(DTX, speech_like(1, 0.4))
    assert not any(map(is_idle, said[2:]))
    for one in said:
        decoder.decode(one)
    assert decoder.conceal(160, None) is None
    for one in packets(DTX, bytes(16000)):
        decoder.decode(one or b"\x48")  # as a peer sends it that leaves nothing out
    assert decoder.conceal(7, None) is None  # libopus counts in 2.5 ms


@given(st.binary(max_size=20))
def test_any_octets_are_idle_or_not(octets: bytes) -> None:
    assert is_idle(octets) in (True, False)


@pytest.mark.rfc("7587", "6.1")
def test_what_else_a_party_asks_for() -> None:
    voice = speech_like(5, 2.0)
    usual = packets(OpusWish(), voice)
    assert sum(map(len, packets(OpusWish(max_bit_rate=10_000), voice))) < 0.6 * sum(map(len, usual))
    assert len({len(one) for one in usual}) > 5
    assert {len(one) for one in packets(OpusWish(constant=True), voice)} == {60}  # 24 kbit/s
    wide = speech_like(5, 1.0) * 2  # at twice the rate
    bandwidths = {
        rate: max(one[0] >> 3 for one in packets(OpusWish(max_rate=rate), wide, 16000))
        for rate in (8000, 12000, 16000)
    }
    assert [bandwidth // 4 for bandwidth in bandwidths.values()] == [0, 1, 2]  # narrow, medium, wide


@pytest.mark.rfc("7587", "6.1")
def test_error_correction_is_for_who_can_use_it() -> None:
    """One SILK frame of 20 ms: a flag of voice, then one of a copy of the frame before (RFC 6716 4.2.3)."""
    voice = speech_like(5, 1.0)
    assert any(one[1] & 0x40 for one in packets(OpusWish(fec=True), voice))
    assert not any(one[1] & 0x40 for one in packets(OpusWish(), voice))
