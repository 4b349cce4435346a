"""A programme that everybody hears at the same place, and what a listener hears of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import SeededIds
from pbx.media.clip import Clip, Form
from pbx.media.g711 import decode, encode
from pbx.media.music import ENTER_MS, LEAVE_MS, MusicListener, Order, Programme, Resume, duration_ms

ENTER, LEAVE = ENTER_MS // 20, LEAVE_MS // 20


def piece(value: int, n_samples: int) -> Clip:
    return Clip(pcm=int.to_bytes(value, 2, "little") * n_samples, n_samples=n_samples)


def programme(*clips: Clip, order: Order = "listed", seed: str = "seed") -> Programme:
    return Programme(clips, order, SeededIds(seed), 100.0)


def counting(n_samples: int) -> Clip:
    """Every sample is different, so that a frame tells where it was cut."""
    return Clip(pcm=np.arange(n_samples, dtype="<i2").tobytes(), n_samples=n_samples)


def values(octets: bytes | None) -> list[int]:
    assert octets is not None
    return [int(value) for value in np.frombuffer(octets, "<i2")]


def listen(listener: MusicListener, n_frames: int) -> bytes | None:
    frame = None
    for _ in range(n_frames):
        frame = listener.frame()
    return frame


def test_all_who_listen_hear_the_same() -> None:
    radio = programme(counting(30_000))
    early, late = MusicListener(radio, "clock"), MusicListener(radio, "here")
    early.enter(100.0)
    listen(early, 50)
    late.enter(101.004)  # a tick is never exact
    for _ in range(ENTER):
        early.frame()
        late.frame()
    assert early.frame() == late.frame() == counting(30_000).cut(75 * 160, 160)


@pytest.mark.parametrize(("resume", "n_frames"), [("clock", 300), ("here", 100 + LEAVE)])
def test_coming_back_after_an_announcement(resume: Resume, n_frames: int) -> None:
    listener = MusicListener(programme(counting(32_000), counting(32_000)), resume)
    listener.enter(100.0)
    listen(listener, 100)
    listener.leave()
    assert [listener.frame() is None for _ in range(LEAVE + 3)] == [False] * LEAVE + [True] * 3
    listener.enter(106.0)
    listen(listener, ENTER)
    at = (n_frames + ENTER) * 160
    assert values(listener.frame()) == [(at + i) % 32_000 for i in range(160)]
    assert listener.played_ms == (100 + LEAVE + ENTER + 1) * 20


def test_fades_are_smooth_and_end_in_silence() -> None:
    listener = MusicListener(programme(piece(10_000, 8000)), "clock")
    listener.enter(100.0)
    risen = [value for _ in range(ENTER + 1) for value in values(listener.frame())]
    assert risen[0] == 0
    assert risen == sorted(risen)
    assert risen[-1] == 10_000
    assert max(np.diff(risen)) <= 10
    listener.leave()
    fallen = [value for _ in range(LEAVE) for value in values(listener.frame())]
    assert fallen == sorted(fallen, reverse=True)
    assert fallen[-1] < 10
    assert listener.frame() is None


def test_leaving_while_it_fades_in_does_not_jump() -> None:
    listener = MusicListener(programme(piece(10_000, 8000)), "clock")
    listener.enter(100.0)
    last = values(listen(listener, 10))[-1]
    listener.leave()
    assert abs(values(listener.frame())[0] - last) < 20


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_encoded_frames_are_what_is_heard(law: Form) -> None:
    assert law in ("PCMU", "PCMA")
    radio = programme(counting(9_000))
    plain, coded = MusicListener(radio, "clock"), MusicListener(radio, "clock")
    plain.enter(100.0)
    coded.enter(100.0)
    for _ in range(ENTER + 60):
        pcm, octets = plain.frame(), coded.encoded_frame(law)
        assert pcm is not None
        assert octets == encode(pcm, law)
        assert len(decode(octets, law)) == 320


def test_wide_frames() -> None:
    listener = MusicListener(programme(piece(1000, 4000)), "clock")
    listener.enter(100.0)
    assert all(len(listener.frame(16000) or b"") == 640 for _ in range(60))


def test_a_shuffled_round_has_every_piece_once_and_rounds_differ() -> None:
    clips = [piece(n + 1, 160) for n in range(8)]
    radio = programme(*clips, order="shuffled")
    rounds = [tuple(values(radio.cut((8 * r + i) * 160, "narrow"))[0] for i in range(8)) for r in range(6)]
    assert all(sorted(heard) == list(range(1, 9)) for heard in rounds)
    assert len(set(rounds)) > 1
    again = programme(*clips, order="shuffled")
    assert again.cut(160, "narrow") == radio.cut(160, "narrow")
    others = {programme(*clips, order="shuffled", seed=str(n)).cut(0, "narrow") for n in range(20)}
    assert len(others) > 1


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(0, 5000))
def test_pieces_follow_without_a_gap(lengths: list[int], at: int) -> None:
    clips = [piece(n + 1, length) for n, length in enumerate(lengths)]
    whole = b"".join(clip.pcm for clip in clips)
    endless = whole * ((at + 160) * 2 // len(whole) + 1)
    assert programme(*clips).cut(at, "narrow") == endless[2 * at : 2 * at + 320]


def test_nothing_to_play() -> None:
    silent = programme(piece(1, 0))
    assert not silent.playable
    listener = MusicListener(silent, "clock")
    assert listener.frame() is None
    listener.enter(100.0)
    assert listener.frame() is None


def test_before_the_beginning_is_the_beginning() -> None:
    assert programme(piece(1, 160)).position(99.0) == 0
    assert duration_ms((piece(1, 800), Clip(pcm=bytes(1600), n_samples=None))) == 200
