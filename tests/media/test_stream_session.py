"""One stream from its introduction to its stop, without a socket."""

import base64
import json
from typing import Any

import pytest

from pbx.media.g711 import decode, encode
from pbx.media.stream_buffer import FRAME_BYTES, HIGH_BYTES, LOW_BYTES
from pbx.media.stream_messages import StreamStart
from pbx.media.stream_session import MAX_RUBBISH, GiveUp, Read, StreamEffect, StreamSession, Tell

ABOUT = StreamStart(stream="MZ1", call="CA1", account="AC1", parameters={})
LOUD = bytes(range(128)) + b"\x01" * 32  # 20 ms of mu-law


def media(audio: bytes, **more: object) -> str:
    return json.dumps({"event": "media", "media": {"payload": base64.b64encode(audio).decode()}} | more)


def mark(name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


CLEAR = json.dumps({"event": "clear", "streamSid": "MZ1"})


def told(effects: list[StreamEffect]) -> list[dict[str, Any]]:
    return [json.loads(effect.text) for effect in effects if isinstance(effect, Tell)]


def marks(effects: list[StreamEffect]) -> list[str]:
    return [message["mark"]["name"] for message in told(effects) if message["event"] == "mark"]


@pytest.fixture
def session() -> StreamSession:
    session = StreamSession(ABOUT)
    session.begin(100.0)
    return session


@pytest.mark.requirement("MED-14")
def test_a_stream_from_start_to_stop() -> None:
    session = StreamSession(ABOUT)
    messages = told(session.begin(10.0))
    messages += told(session.frame(bytes(320), 10.02))
    messages += told(session.digit("5"))
    messages += told(session.frame(bytes(320), 10.04))
    messages += told(session.stop())
    assert [m["event"] for m in messages] == ["connected", "start", "media", "dtmf", "media", "stop"]
    assert [m["sequenceNumber"] for m in messages[1:]] == ["1", "2", "3", "4", "5"]
    frames = [m["media"] for m in messages if m["event"] == "media"]
    assert [(f["chunk"], f["timestamp"]) for f in frames] == [("1", "20"), ("2", "40")]


def test_nothing_is_said_before_the_begin_nor_after_the_stop() -> None:
    session = StreamSession(ABOUT)

    def everything() -> list[StreamEffect]:
        pcm, effects = session.pull()
        assert pcm is None
        return session.frame(bytes(320), 1.0) + session.digit("1") + effects + session.handle(media(LOUD))

    assert everything() == []
    assert session.stop() == []
    assert len(session.begin(0.0)) == 2
    assert session.begin(1.0) == []
    session.handle(media(LOUD))
    assert len(session.stop()) == 1
    assert everything() == []
    assert session.stop() == []


def test_the_bot_hears_mu_law_of_the_party(session: StreamSession) -> None:
    (message,) = told(session.frame(decode(LOUD, "PCMU"), 100.02))
    heard = base64.b64decode(message["media"]["payload"])
    assert decode(heard, "PCMU") == decode(LOUD, "PCMU")


@pytest.mark.requirement("MED-14")
def test_a_party_that_may_not_be_heard_is_silent(session: StreamSession) -> None:
    (message,) = told(session.frame(None, 100.02))
    assert base64.b64decode(message["media"]["payload"]) == encode(bytes(320), "PCMU")
    assert message["media"]["chunk"] == "1"


def test_only_audio_may_be_dropped(session: StreamSession) -> None:
    effects = session.frame(None, 100.02) + session.digit("1") + session.stop()
    assert [isinstance(e, Tell) and e.audio for e in effects] == [True, False, False]


@pytest.mark.requirement("MED-14")
def test_a_mark_is_told_when_the_frame_before_it_is_over(session: StreamSession) -> None:
    session.handle(media(LOUD + LOUD[:40]))
    session.handle(mark("end"))
    assert session.pull() == (decode(LOUD, "PCMU"), [])
    pcm, effects = session.pull()  # its first 5 ms are the last of the bot
    assert pcm is not None
    assert pcm[:80] == decode(LOUD[:40], "PCMU")
    assert pcm[80:] == bytes(240)
    assert effects == []
    pcm, effects = session.pull()
    assert (pcm, marks(effects)) == (None, ["end"])
    assert session.pull() == (None, [])


def test_a_mark_after_nothing_is_told_at_the_next_pull(session: StreamSession) -> None:
    assert session.handle(mark("now")) == []
    assert marks(session.pull()[1]) == ["now"]


@pytest.mark.requirement("MED-14")
def test_clear_silences_at_once_and_tells_the_marks(session: StreamSession) -> None:
    session.handle(media(LOUD * 50))
    session.handle(mark("one"))
    session.handle(media(LOUD))
    session.handle(mark("two"))
    session.pull()
    assert marks(session.handle(CLEAR)) == ["one", "two"]
    assert session.pull() == (None, [])


@pytest.mark.requirement("MED-14")
def test_a_full_buffer_stops_the_reading_until_half_is_played(session: StreamSession) -> None:
    assert session.handle(media(bytes(HIGH_BYTES - 1))) == []
    assert session.handle(media(b"\0")) == [Read(on=False)]
    assert session.handle(media(LOUD)) == []  # was read already; nothing is lost
    assert session.queued_ms == 60_020
    n_pulls, effects = 0, list[StreamEffect]()
    while not effects:
        n_pulls, effects = n_pulls + 1, session.pull()[1]
    assert effects == [Read(on=True)]
    assert n_pulls == (HIGH_BYTES - LOW_BYTES) // FRAME_BYTES + 1


def test_clear_lets_read_on(session: StreamSession) -> None:
    session.handle(media(bytes(HIGH_BYTES)))
    assert session.handle(CLEAR) == [Read(on=True)]


def test_a_message_for_another_stream_is_not_played(session: StreamSession) -> None:
    session.handle(media(LOUD, streamSid="MZ2"))
    assert session.pull() == (None, [])
    assert session.rubbish == 1
    session.handle(media(LOUD, streamSid="MZ1"))
    assert session.pull()[0] is not None


def test_rubbish_is_counted_and_has_a_limit(session: StreamSession) -> None:
    for _ in range(MAX_RUBBISH - 1):
        assert session.handle("{") == []
    assert session.handle('{"event":"unknown"}') == []
    assert session.handle("{") == [GiveUp()]
    assert session.rubbish == MAX_RUBBISH
