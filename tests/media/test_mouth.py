"""Frames of 20 ms become packets of the time that the party asked for."""

from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat
from pbx.media.comfort_noise import FLOOR_LEVEL, HANGOVER_MS
from pbx.media.mouth import Hush, Mouth, packet_ms
from tests.media.test_payloads import G722, G729, OPUS, PCMU

FRAME = bytes(range(160)) * 2


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize(
    ("ptime_ms", "payloads"), [(10, [2] * 6), (20, [1] * 6), (30, [0, 1, 1] * 2), (60, [0, 0, 1] * 2)]
)
def test_nothing_is_added_and_nothing_left_out(ptime_ms: int, payloads: list[int]) -> None:
    mouth = Mouth(replace(PCMU, ptime_ms=ptime_ms), 8000)
    said = [mouth.speak(FRAME) for _ in range(6)]
    assert list(map(len, said)) == payloads
    assert {len(payload) for one in said for payload in one} == {8 * ptime_ms} == {mouth.n_units}
    plain = Mouth(PCMU, 8000)
    assert b"".join(b"".join(one) for one in said) == b"".join(plain.speak(FRAME)[0] for _ in range(6))


@pytest.mark.rfc("6716", "2.1.4")
@pytest.mark.parametrize(("asked", "spoken"), [(10, 10), (20, 20), (30, 20), (40, 40), (50, 20), (60, 60)])
def test_opus_knows_some_packet_times_only(asked: int, spoken: int) -> None:
    fmt = replace(OPUS, ptime_ms=asked)
    assert packet_ms(fmt) == spoken
    assert Mouth(fmt, 8000).n_units == 48 * spoken


def test_the_clock_of_g722_counts_half_its_samples() -> None:
    mouth = Mouth(G722, 16000)
    assert [len(payload) for payload in mouth.speak(bytes(640))] == [160]
    assert mouth.n_units == 160


def test_what_is_only_passed_through_cannot_be_spoken() -> None:
    with pytest.raises(LookupError, match="G729"):
        Mouth(G729, 8000)


@pytest.mark.rfc("3389", "4")
@pytest.mark.parametrize("fmt", [PCMU, replace(PCMU, ptime_ms=60), G722])
def test_silence_is_comfort_noise_for_who_agreed_to_it(fmt: AudioFormat) -> None:
    rate = 16000 if fmt is G722 else 8000
    loud, still = FRAME * (rate // 8000), bytes(rate // 25)
    plain, mouth = Mouth(fmt, rate), Mouth(replace(fmt, comfort_noise_type=13), rate)
    n_frames = HANGOVER_MS // 20
    for pcm in [loud] * 6 + [still] * n_frames:
        assert plain.speak(pcm) == mouth.speak(pcm), "what is said, and the silence after it, is sent"
    said = [payload for _ in range(6) for payload in mouth.speak(still)]
    assert said == [bytes([FLOOR_LEVEL]), *[b""] * (len(said) - 1)]
    assert all(isinstance(payload, Hush) for payload in said)
    (after,) = [payload for pcm in [loud] * (fmt.ptime_ms // 20) for payload in mouth.speak(pcm)]
    assert not isinstance(after, Hush)


def test_who_was_sent_something_else_hears_silence_first() -> None:
    mouth = Mouth(replace(PCMU, comfort_noise_type=13), 8000)
    while not isinstance(mouth.speak(bytes(320))[0], Hush):
        pass
    mouth.interrupted()
    assert not isinstance(mouth.speak(bytes(320))[0], Hush)
