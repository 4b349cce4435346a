"""What a party said in a wide-band codec is in the recording, at its place."""

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.media.g711 import decode
from pbx.media.mouth import Mouth
from pbx.recording.decode import FORMAT, MAX_TYPES, read_formats, read_noise
from pbx.recording.journal import Item, Note, Packet
from pbx.recording.timeline import Timeline, align
from tests.integration.voices import compare, speech_like
from tests.recording.test_timeline import HEAD, MS, ORIGIN, rtp, sent

OPUS = AudioFormat(encoding="opus", payload_type=111, clock_rate=48000)
G722 = AudioFormat(encoding="G722", payload_type=9)
L16 = AudioFormat(encoding="L16", payload_type=118, clock_rate=16000)
NOTE = Note(FORMAT, {"leg": "l1", "payload_types": "9=G722/8000 111=opus/48000 118=L16/16000"}, ORIGIN)


def said(fmt: AudioFormat, pcm: bytes, *, delay_ms: int = 0, first: int = 65_500) -> list[Item]:
    items: list[Item] = []
    mouth, time = Mouth(fmt, 8000), 2**32 - 50_000
    for n in range(len(pcm) // 320):
        (payload,) = mouth.speak(pcm[n * 320 : n * 320 + 320])
        octets = rtp(first + n, time, payload, payload_type=fmt.payload_type)
        items.append(Packet(0, ORIGIN + (delay_ms + 20 * n) * MS, octets))
        time += mouth.n_units
    return items


def heard_at_8_khz(timeline: Timeline, channel: int = 0) -> bytes:
    """PCM16 of a channel: every second sample of a wide-band master."""
    octets = timeline.channels[channel]
    if timeline.encoding != "L16":
        return decode(octets, timeline.encoding)
    return np.frombuffer(octets, "<i2")[::2].tobytes()


@pytest.mark.requirement("R-01")
@pytest.mark.parametrize("fmt", [OPUS, G722, L16], ids=lambda fmt: str(fmt.encoding))
def test_every_codec_is_heard_where_it_was_said(fmt: AudioFormat) -> None:
    pcm = speech_like(1, 1.0)
    timeline = align([HEAD, NOTE, *said(fmt, pcm, delay_ms=100), *sent(1, 60, delay_ms=0)], ORIGIN)
    heard = compare(pcm, heard_at_8_khz(timeline))
    assert heard.likeness > 0.96
    assert 100 <= heard.delay_ms < 108  # the coder's own delay, at most 6.5 ms with Opus
    assert abs(heard.gain_db) < 1


def test_a_codec_that_changes_begins_a_segment_at_its_place() -> None:
    one, two = speech_like(1, 0.6), speech_like(2, 0.6)
    items = [HEAD, NOTE, *said(OPUS, one), *said(G722, two, delay_ms=600, first=100)]
    pcm = heard_at_8_khz(align(items, ORIGIN))
    assert compare(one, pcm[: 2 * 4900]).likeness > 0.97
    assert compare(two, pcm[2 * 4800 :] + bytes(3200)).likeness > 0.97


def test_what_is_no_payload_is_a_gap() -> None:
    items = said(OPUS, speech_like(1, 0.4))
    broken = items[10]
    assert isinstance(broken, Packet)
    items[10] = Packet(0, broken.arrival_ns, broken.rtp[:12])
    timeline = align([HEAD, NOTE, *items], ORIGIN)
    samples = np.frombuffer(heard_at_8_khz(timeline), "<i2")
    assert np.abs(samples[1600:1760]).max() < 20 < np.abs(samples[1760:1920]).max()


def test_without_a_note_other_payload_types_are_no_audio() -> None:
    assert align([HEAD, *said(G722, speech_like(1, 0.1))], ORIGIN).n_samples == 0


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("111=opus/48000", {111: ("opus", 48000)}),
        ("111=opus/48000 9=G722/8000", {111: ("opus", 48000), 9: ("G722", 8000)}),
        ("x=opus/48000 1=opus 2=nothing/8000 3=opus/0 4=opus/96000 =/ 18=G729/8000", {18: ("G729", 8000)}),
        ("", {}),
    ],
)
def test_a_note_is_read_as_far_as_it_makes_sense(text: str, known: dict[int, tuple[str, int]]) -> None:
    assert read_formats({"payload_types": text}) == known


@pytest.mark.rfc("3389", "4")
def test_a_note_names_the_types_of_comfort_noise() -> None:
    assert read_noise({"payload_types": "111=opus/48000 107=CN x=CN CN"}) == {107}
    assert read_noise({}) == set()


def test_a_note_has_as_many_types_as_there_are() -> None:
    text = " ".join(f"{n}=opus/48000" for n in range(MAX_TYPES + 1))
    assert len(read_formats({"payload_types": text})) == MAX_TYPES
