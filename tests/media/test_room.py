"""Who hears whom in a room, how loud, without clicks, and who talks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pbx.core.errors import MisuseError
from pbx.core.ids import LegId
from pbx.media.room import HOLD_S, MAX_GAIN_DB, MAX_PARTIES, ActiveTalkerChanged, Role, Room, Seat

Wave = NDArray[np.float64]
A, B, C, D = (LegId(name) for name in "abcd")


def noise(n: int, rms: float = 2000, rate: int = 8000) -> bytes:
    wave = np.random.default_rng(n).normal(0, rms, rate // 50)
    return wave.clip(-32768, 32767).astype("<i2").tobytes()


def wave(pcm: bytes) -> Wave:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def level(mix: bytes, of: bytes) -> float:
    """The factor by which known noise is in a mix, by correlation."""
    return float(np.dot(wave(mix), wave(of)) / np.dot(wave(of), wave(of)))


class Party:
    """A room whose parties repeat their own noise."""

    def __init__(self, seats: dict[LegId, Seat], rate: int = 8000) -> None:
        self.room, self.now = Room(rate), 0.0
        self.says = {leg: noise(n, rate=rate) for n, leg in enumerate(seats)}
        for leg, seat in seats.items():
            self.room.join(leg, seat)

    def tick(self, *silent: LegId) -> dict[LegId, bytes]:
        for leg, pcm in self.says.items():
            self.room.put(leg, None if leg in silent else pcm)
        self.now += 0.02
        return self.room.mix(self.now)

    def settled(self, *silent: LegId) -> dict[LegId, bytes]:
        for _ in range(3):
            self.tick(*silent)
        return self.tick(*silent)


def hears(said: tuple[LegId, Seat], heard: tuple[LegId, Seat]) -> float:
    (speaking, speaker), (hearing, hearer) = said, heard
    if speaking == hearing or speaker.muted or hearer.deaf or speaker.role == "listen":
        return 0.0
    if speaker.role == "whisper" and speaker.target != hearing:
        return 0.0
    return float(10 ** ((speaker.in_db + hearer.out_db) / 20))


@st.composite
def rooms(draw: st.DrawFn) -> dict[LegId, Seat]:
    legs = [LegId(str(n)) for n in range(draw(st.integers(1, 6)))]
    seats = {}
    roles: tuple[Role, ...] = ("party", "listen", "whisper", "barge")
    for leg in legs:
        role = draw(st.sampled_from(roles))
        seats[leg] = Seat(
            role=role,
            target=draw(st.sampled_from(legs)) if role == "whisper" else None,
            muted=draw(st.booleans()),
            deaf=draw(st.booleans()),
            in_db=draw(st.sampled_from([-6.0, 0.0, 3.0])),
            out_db=draw(st.sampled_from([-6.0, 0.0])),
        )
    return seats


@settings(max_examples=60)
@given(rooms(), st.sampled_from([8000, 16000]))
def test_each_hears_what_its_role_allows(seats: dict[LegId, Seat], rate: int) -> None:
    party = Party(seats, rate)
    mixes = party.settled()
    assert set(mixes) == set(seats)
    for hearer in seats.items():
        expected = sum(
            (hears(speaker, hearer) * wave(party.says[speaker[0]]) for speaker in seats.items()),
            np.zeros(rate // 50),
        )
        assert (
            np.abs(wave(mixes[hearer[0]]) - expected).max()
            <= 1.0 + 0.05 * (np.abs(expected).max() > 24000) * 32767
        )


def test_supervisor() -> None:
    party = Party({A: Seat(), B: Seat(), C: Seat(role="listen")})

    def heard() -> dict[LegId, list[int]]:
        mixes = party.settled()
        return {leg: [round(level(mixes[leg], party.says[of])) for of in (A, B, C)] for leg in (A, B, C)}

    assert heard() == {A: [0, 1, 0], B: [1, 0, 0], C: [1, 1, 0]}
    party.room.change(C, role="whisper", target=A)
    assert heard() == {A: [0, 1, 1], B: [1, 0, 0], C: [1, 1, 0]}
    party.room.change(C, role="barge", target=None)
    assert heard() == {A: [0, 1, 1], B: [1, 0, 1], C: [1, 1, 0]}


@pytest.mark.requirement("R-08")
def test_whose_voice_may_be_in_a_mix() -> None:
    party = Party({A: Seat(), B: Seat(muted=True), C: Seat(role="listen")})
    party.settled()
    assert [set(party.room.heard_by(leg)) for leg in (A, B, C)] == [set(), {A}, {A}]
    party.room.change(C, role="whisper", target=B)
    party.settled()
    assert [set(party.room.heard_by(leg)) for leg in (A, B)] == [set(), {A, C}]


@pytest.mark.requirement("R-08")
def test_who_leaves_is_in_the_mix_in_which_he_fades() -> None:
    room = Room()
    for leg in (A, B):
        room.join(leg)
    room.mix(0.0)
    room.leave(B)
    room.mix(0.02)
    assert room.heard_by(A) == (B,)
    room.mix(0.04)
    assert room.heard_by(A) == ()


def test_silent_parties_share_one_mix() -> None:
    seats = {LegId(str(n)): Seat() for n in range(20)}
    party = Party(seats)
    silent = list(seats)[3:]
    mixes = party.settled(*silent)
    assert len({id(mixes[leg]) for leg in silent}) == 1
    assert len({id(mix) for mix in mixes.values()}) == 4


def test_line_noise_is_not_mixed() -> None:
    room = Room()
    for leg in (A, B, C):
        room.join(leg)
    for n in range(5):
        room.put(A, noise(1, 40))
        room.put(B, noise(2, 40))
        mixes = room.mix(n * 0.02)
    assert not any(any(mix) for mix in mixes.values())
    assert len({id(mix) for mix in mixes.values()}) == 1


def test_a_loud_sum_is_bent_and_does_not_wrap() -> None:
    room = Room()
    time = np.arange(160) / 8000
    loud = (20000 * np.sin(2 * np.pi * 400 * time)).astype("<i2").tobytes()
    for leg in (A, B, C, D):
        room.join(leg)
    for n in range(4):
        for leg in (A, B, C):
            room.put(leg, loud)
        mix = wave(room.mix(n * 0.02)[D])
    assert np.abs(mix).max() > 30000
    assert np.all(np.sign(mix) * np.sign(wave(loud)) >= 0)


def steps(of: list[bytes]) -> float:
    return float(np.abs(np.diff(wave(b"".join(of)))).max())


@pytest.mark.parametrize("how", ["leave", "mute", "stop", "role"])
def test_no_click(how: str) -> None:
    """A tone of 300 Hz moves 1900 at most from sample to sample; an edge cut would be up to 8000."""
    room, out = Room(), []
    room.join(B)
    phase = np.arange(160 * 40) / 8000
    tone = (8000 * np.cos(2 * np.pi * 310 * phase)).astype("<i2").tobytes()
    for n in range(40):
        if n == 5:
            room.join(A)
        if n == 20 and how == "leave":
            room.leave(A)
        if n == 20 and how in ("mute", "role"):
            room.change(A, **({"muted": True} if how == "mute" else {"role": "listen"}))
        is_quiet = how == "stop" and n >= 20
        room.put(A, None if is_quiet else tone[320 * n : 320 * n + 320])
        out.append(room.mix(n * 0.02)[B])
    assert steps(out) < 2100
    assert any(out[10]) and not any(out[2]) and not any(out[-1])


def test_active_talker() -> None:
    party = Party({A: Seat(), B: Seat(), C: Seat(role="listen")})
    party.settled(B, C)
    assert party.room.talker == A
    assert party.room.take_facts() == [ActiveTalkerChanged(talker=A)]
    since = 0.0
    while party.room.talker != B:
        party.tick(A, C)
        since += 0.02
        assert since < 1.0
    assert party.room.take_facts() == [ActiveTalkerChanged(talker=B)]
    for _ in range(60):
        party.tick(A, B)
    assert party.room.talker is None, "a listener does not talk"


@settings(max_examples=20)
@given(st.lists(st.sets(st.sampled_from([A, B, C])), min_size=10, max_size=80))
def test_the_talker_does_not_flicker(script: list[set[LegId]]) -> None:
    party, changes = Party({A: Seat(), B: Seat(), C: Seat()}), [-math.inf]
    for silent in script:
        party.tick(*silent)
        changes += [party.now] * len(party.room.take_facts())
    assert all(b - a >= HOLD_S - 1e-9 for a, b in zip(changes, changes[1:], strict=False))


def test_limits() -> None:
    room = Room()
    for n in range(MAX_PARTIES):
        room.join(LegId(str(n)))
    with pytest.raises(ValueError, match="full"):
        room.join(A)
    room.change(LegId("0"), in_db=MAX_GAIN_DB)
    with pytest.raises(ValueError, match="volume"):
        room.change(LegId("0"), in_db=MAX_GAIN_DB + 1)
    with pytest.raises(ValueError, match="whisper"):
        room.change(LegId("0"), role="whisper")
    with pytest.raises(ValueError, match="8000 or 16000"):
        Room(48000)
    with pytest.raises(MisuseError, match="320 octets"):
        room.put(LegId("0"), bytes(318))
    with pytest.raises(MisuseError, match="not in the room"):
        room.change(A, muted=True)
    room.leave(A)
    room.put(A, bytes(320))
    assert A not in room.mix(0.0)


def test_who_leaves_before_the_first_mix_is_not_heard() -> None:
    room = Room()
    room.join(A)
    room.mix(0.0)
    room.join(B)
    room.put(B, noise(1))
    room.leave(B)
    assert room.mix(0.02) == {A: bytes(320)}
    assert room.parties == (A,)


def test_a_room_without_parties() -> None:
    room = Room(16000)
    assert room.mix(0.0) == {}
    room.join(A)
    room.put(A, noise(1, rate=16000))
    room.mix(0.02)
    room.leave(A)
    assert room.mix(0.04) == {} and room.mix(0.06) == {}
