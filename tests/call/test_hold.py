"""Who is held hears music, until he is not."""

from datetime import UTC, datetime

import pytest

from pbx.call.hold import held, released
from pbx.call.leg import Leg
from pbx.core.audio import AudioFormat, Direction
from pbx.core.ids import LegId
from pbx.media.effects import FileSource, Music, SetMusic
from pbx.sip.negotiation import NegotiatedAudio

MUSIC = Music(sources=(FileSource(path="/hold.wav", sha256="", duration_ms=1000),))
PCMU = AudioFormat(encoding="PCMU", payload_type=0)


def leg(name: str, direction: Direction = "sendrecv") -> Leg:
    made = Leg(id=LegId(name), role="x", party="", number="", offered_at=datetime(2026, 1, 1, tzinfo=UTC))
    made.audio = NegotiatedAudio(host="192.0.2.1", port=4000, format=PCMU, direction=direction)
    return made


@pytest.mark.rfc("3264", "8.4")
@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_a_hold_plays_music_once_and_a_resume_ends_it(direction: Direction) -> None:
    holder, other = leg("a", direction), leg("b")
    assert held(holder, other, MUSIC) == [SetMusic(leg=other.id, music=MUSIC)]
    assert held(holder, other, MUSIC) == []
    again = leg("a")
    assert held(again, other, MUSIC) == [SetMusic(leg=other.id, music=None)]
    assert held(again, other, MUSIC) == []


def test_nobody_and_no_music_is_silence() -> None:
    holder = leg("a", "recvonly")
    assert held(holder, None, MUSIC) == []
    assert held(holder, leg("b"), None) == []
    holder.audio = None
    assert held(holder, leg("b"), MUSIC) == []


def test_who_is_put_through_hears_the_other_and_no_music() -> None:
    other = leg("b")
    held(leg("a", "recvonly"), other, MUSIC)
    assert released(other, None) == [SetMusic(leg=other.id, music=None)]
    assert released(other) == []
