"""A play that several hear is coded once, and its packets are those of a coder of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.core.audio import OpusWish
from pbx.media.codecs.opus import OpusDecoder, OpusEncoder
from pbx.media.mouth import Mouth
from pbx.media.shared_coding import ENTRY_BYTES, MAX_BYTES, RUN_IN, CodedPlay, SharedCoding, shared_kind
from tests.integration.voices import speech_like
from tests.media.test_payloads import G722, OPUS, PCMU

RATE, FRAME = 8000, 320
KIND = (OpusWish(), RATE)

pytestmark = pytest.mark.requirement("MED-02")


def frames(seed: int, seconds: float = 0.6) -> list[bytes]:
    pcm = speech_like(seed, seconds)
    return [pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME)]


def coded(voice: Sequence[bytes], wish: OpusWish = KIND[0]) -> list[bytes]:
    """By a coder of its own."""
    coder = OpusEncoder(RATE, wish)
    return [coder.encode(pcm) for pcm in voice]


def decoded(payloads: Sequence[bytes]) -> NDArray[np.int16]:
    decoder = OpusDecoder(RATE)
    return np.frombuffer(b"".join(decoder.decode(one) for one in payloads), "<i2")


def level_db(samples: NDArray[np.generic]) -> float:
    samples = samples.astype(np.float64)
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-9) - 20 * np.log10(32768))


@pytest.fixture
def coders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Packets coded by each coder that was made."""
    made: list[int] = []

    class Counted(OpusEncoder):
        __slots__ = ("_number",)

        def __init__(self, sample_rate: int, wish: OpusWish) -> None:
            super().__init__(sample_rate, wish)
            self._number = len(made)
            made.append(0)

        def encode(self, pcm: bytes) -> bytes:
            made[self._number] += 1
            return super().encode(pcm)

    monkeypatch.setattr("pbx.media.shared_coding.OpusEncoder", Counted)
    return made


def test_what_all_hear_is_coded_once_whoever_comes_first(coders: list[int]) -> None:
    shared, voice = SharedCoding(), frames(1)
    whole = coded(voice)
    plays = [CodedPlay(shared) for _ in range(10)]
    for n, pcm in enumerate(voice):
        for play in plays if n % 2 else reversed(plays):
            assert play.encode(pcm, KIND) == whole[n]
    late = CodedPlay(shared)
    assert [late.encode(pcm, KIND) for pcm in voice] == whole
    assert coders == [len(voice)]


def test_a_longer_play_goes_on_with_the_coder_of_the_shorter_one(coders: list[int]) -> None:
    shared, voice = SharedCoding(), frames(1)
    short, long = CodedPlay(shared), CodedPlay(shared)
    for pcm in voice[:10]:
        short.encode(pcm, KIND)
    assert [long.encode(pcm, KIND) for pcm in voice] == coded(voice)
    assert coders == [len(voice)]


def test_each_wish_has_packets_of_its_own() -> None:
    shared, voice = SharedCoding(), frames(1)
    for wish in (OpusWish(), OpusWish(max_bit_rate=8000), OpusWish(fec=True), OpusWish(max_rate=8000)):
        assert [CodedPlay(shared).encode(voice[0], (wish, RATE))] == coded(voice[:1], wish)


def test_who_hears_something_else_from_a_point_on_hears_no_seam(coders: list[int]) -> None:
    """What a decoder makes of it differs from one coder's work by less than that differs from the voice."""
    shared, voice = SharedCoding(), frames(1, 2.0)
    at = len(voice) // 2
    common = CodedPlay(shared)
    for pcm in [*voice[:at], *frames(2)]:
        common.encode(pcm, KIND)
    branch = CodedPlay(shared)
    got, whole = decoded([branch.encode(pcm, KIND) for pcm in voice]), decoded(coded(voice))
    assert coders == [at + len(frames(2)), RUN_IN + len(voice) - at]
    assert np.array_equal(got[: at * FRAME // 2], whole[: at * FRAME // 2])
    seam = slice(at * FRAME // 2, (at + 5) * FRAME // 2)
    assert level_db(got[seam] - whole[seam].astype(np.float64)) < level_db(whole[seam]) - 10
    assert np.abs(got[seam]).max() < 1.2 * np.abs(whole).max()


def test_a_mouth_that_goes_on_with_something_else_hears_no_seam_and_leaves_the_play(
    coders: list[int],
) -> None:
    shared, voice = SharedCoding(), frames(1, 1.0)
    mouth, play = Mouth(OPUS, RATE), CodedPlay(shared)
    at = len(voice) // 2
    said = [mouth.speak(pcm, play if n < at else None)[0] for n, pcm in enumerate(voice)]
    got, whole = decoded(said), decoded(coded(voice))
    seam = slice(at * FRAME // 2, (at + 5) * FRAME // 2)
    assert level_db(got[seam] - whole[seam].astype(np.float64)) < level_db(whole[seam]) - 10
    assert play.is_left
    n_bytes = shared.n_bytes
    for pcm in voice[at:]:
        mouth.speak(pcm, play)
    assert shared.n_bytes == n_bytes, "it was interrupted: what follows is this listener's alone"
    assert coders[0] == at


def test_a_play_that_cuts_a_voice_short_begins_without_a_click() -> None:
    before, prompt = frames(1), frames(2)
    mouth, play = Mouth(OPUS, RATE), CodedPlay(SharedCoding())
    said = [mouth.speak(pcm)[0] for pcm in before] + [mouth.speak(pcm, play)[0] for pcm in prompt]
    got, whole = decoded(said), decoded(coded([*before, *prompt]))
    seam = slice((len(before) - 1) * FRAME // 2, (len(before) + 4) * FRAME // 2)
    assert np.abs(got[seam]).max() < 1.2 * np.abs(whole[seam]).max()
    settled = slice(seam.start + FRAME, seam.stop)
    assert level_db(got[settled] - whole[settled].astype(float)) < level_db(whole[settled]) - 10


def test_a_codec_that_changes_in_mid_play_begins_anew() -> None:
    shared, voice = SharedCoding(), frames(1)
    play, wish = CodedPlay(shared), OpusWish(max_bit_rate=8000)
    first, second = Mouth(OPUS, RATE), Mouth(replace(OPUS, opus=wish), RATE)
    for pcm in voice[:10]:
        first.speak(pcm, play)
    assert [second.speak(pcm, play)[0] for pcm in voice[10:]] == coded(voice[10:], wish)


@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
def test_every_packet_time_is_shared(ptime_ms: int, coders: list[int]) -> None:
    shared, voice = SharedCoding(), frames(1)
    said = []
    for _ in range(2):
        mouth, play = Mouth(replace(OPUS, ptime_ms=ptime_ms), RATE), CodedPlay(shared)
        said.append([payload for pcm in voice for payload in mouth.speak(pcm, play)])
    assert said[0] == said[1]
    assert coders == [len(said[0])]


def test_only_where_it_pays_and_no_seam_is_heard() -> None:
    assert shared_kind(OPUS, RATE) == KIND
    for fmt in (PCMU, G722):
        assert shared_kind(fmt, RATE) is None
        plain, mouth = Mouth(fmt, RATE), Mouth(fmt, RATE)
        play = CodedPlay(SharedCoding())
        assert [plain.speak(pcm) for pcm in frames(1)] == [mouth.speak(pcm, play) for pcm in frames(1)]


def test_the_packets_of_all_plays_have_a_bound_and_the_last_ones_stay() -> None:
    shared, coder = SharedCoding(), OpusEncoder(RATE)
    n_fit = MAX_BYTES // (ENTRY_BYTES + 100)
    names = [n.to_bytes(16, "big") for n in range(n_fit + 10)]
    for name in names[:n_fit]:
        shared.keep(name, bytes(100), coder)
        shared.packet(names[0])
    assert shared.n_bytes <= MAX_BYTES and shared.packet(names[1]) is not None
    for name in names[n_fit:]:
        shared.keep(name, bytes(100), coder)
        shared.packet(names[0])
    assert shared.n_bytes <= MAX_BYTES
    assert shared.packet(names[0]) is not None and shared.packet(names[2]) is None


def test_a_play_goes_on_where_its_packets_have_been_forgotten(coders: list[int]) -> None:
    shared, voice = SharedCoding(), frames(1)
    play = CodedPlay(shared)
    for pcm in voice[:10]:
        play.encode(pcm, KIND)
    other = OpusEncoder(RATE)
    for n in range(MAX_BYTES // ENTRY_BYTES):
        shared.keep(n.to_bytes(16, "big"), b"", other)
    assert decoded([play.encode(voice[10], KIND)]).size == FRAME // 2
    assert coders == [10, RUN_IN + 1]
