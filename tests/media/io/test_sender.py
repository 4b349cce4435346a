"""What a party is sent when nobody speaks to it: a packet of silence now and then, in its own codec."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat, OpusWish
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.core.io.clock import monotonic
from pbx.media.comfort_noise import FLOOR_LEVEL
from pbx.media.effects import StartRecording
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.io.sender import RtpSender
from pbx.media.io.tap import SENT, Recording, Tap
from pbx.media.keep_alive import KEEP_ALIVE_S
from pbx.media.rtp import RtpPacket, parse
from pbx.media.stream import OutgoingStream
from pbx.recording.journal import Item, Packet
from pbx.recording.timeline import align
from tests.integration.voices import compare, speech_like
from tests.media.io.test_tap import Sink
from tests.recording.test_decode import NOTE, heard_at_8_khz
from tests.recording.test_timeline import HEAD, MS, ORIGIN

pytestmark = pytest.mark.requirement("MED-11")
MU = AudioFormat(encoding="PCMU", payload_type=0)
SSRC = 7


@pytest.fixture
def party() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield one


def sender(party: socket.socket, fmt: AudioFormat, now: float) -> RtpSender:
    transport = RtpSocket("127.0.0.1", 0)
    transport.unlock(party.getsockname())
    out = RtpSender(transport, OutgoingStream(SSRC, 100, 0, now), Tap(), now)
    out.connect(fmt, now)
    out.may_send = True
    return out


def received(party: socket.socket) -> tuple[RtpPacket, bytes]:
    octets = party.recv(2048)
    packet = parse(octets, len(octets))
    return packet, octets[packet.start : packet.end]


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
def test_silence_of_one_packet_time(party: socket.socket, ptime_ms: int) -> None:
    now = monotonic()
    out = sender(party, replace(MU, ptime_ms=ptime_ms), now)
    for second in range(int(KEEP_ALIVE_S) + 1):
        out.keep_alive(now + second)
    assert out.sent == 1
    packet, payload = received(party)
    assert (packet.payload_type, packet.ssrc, packet.seq) == (0, SSRC, 100)
    assert payload == b"\xff" * 8 * ptime_ms
    assert packet.rtp_time == 8000 * KEEP_ALIVE_S, "where the clock is, so that it is no late packet"


@pytest.mark.rfc("6263", "4.2")
def test_comfort_noise_for_who_takes_it_and_a_marked_packet_after_it(party: socket.socket) -> None:
    now = monotonic()
    out = sender(party, replace(MU, comfort_noise_type=13), now)
    out.keep_alive(now + KEEP_ALIVE_S)
    packet, payload = received(party)
    assert (packet.payload_type, payload) == (13, bytes([FLOOR_LEVEL]))
    later = now + KEEP_ALIVE_S + 0.02
    for _ in range(2):
        out.say(b"\x00\x10" * 160, 8000, later)
    assert [received(party)[0].marker for _ in range(2)] == [True, False]


def test_each_codec_that_we_speak(party: socket.socket) -> None:
    now = monotonic()
    for fmt in (
        AudioFormat(encoding="G722", payload_type=9),
        AudioFormat(encoding="opus", payload_type=111, clock_rate=48000),
        AudioFormat(encoding="L16", payload_type=96, clock_rate=16000),
    ):
        sender(party, fmt, now).keep_alive(now + KEEP_ALIVE_S)
        assert received(party)[0].payload_type == fmt.payload_type


@pytest.mark.rfc("6263", "4.6")
def test_a_packet_that_means_nothing_for_a_codec_that_we_cannot_speak(party: socket.socket) -> None:
    now = monotonic()
    out = sender(party, AudioFormat(encoding="G729", payload_type=18, dtmf_payload_type=101), now)
    for second in range(int(KEEP_ALIVE_S) * 2 + 2):
        out.keep_alive(now + second)
    first, second_packet = received(party), received(party)
    assert (first[0].payload_type, first[1], first[0].seq) == (127, b"", 100)
    assert (second_packet[0].seq, out.sent, out.octets) == (101, 2, 0)


def test_nothing_for_who_holds_us(party: socket.socket) -> None:
    now = monotonic()
    out = sender(party, MU, now)
    out.may_send = False
    out.keep_alive(now + KEEP_ALIVE_S)
    assert out.sent == 0


@pytest.mark.requirement("MED-02")
@pytest.mark.rfc("7587", "3.1.3")
@pytest.mark.rfc("3551", "4.1")
def test_a_pause_in_opus_is_not_sent_to_who_asks_for_dtx(party: socket.socket) -> None:
    """Time goes on, numbers do not, the packet behind the pause is marked, and the recording has it all."""
    now, sink = monotonic(), Sink()
    fmt = AudioFormat(encoding="opus", payload_type=111, clock_rate=48000, opus=OpusWish(dtx=True))
    out = sender(party, fmt, now)
    order = StartRecording(
        recording=RecordingId("r"),
        leg=LegId("l1"),
        tenant="t",
        call=CallId("c"),
        kind="call",
        recipients=(),
        started_at="",
    )
    out.tap.add(Recording(order, sink, print))
    voice = speech_like(1, 1.0)
    pcm = voice + bytes(2 * 8000 * 4) + voice
    sent_at: list[int] = []
    for n in range(len(pcm) // 320):
        before = out.sent
        out.say(pcm[320 * n : 320 * n + 320], 8000, now + 0.02 * n)
        sent_at += [n] * (out.sent - before)
    packets = [received(party)[0] for _ in sent_at]
    assert [one.seq for one in packets] == list(range(100, 100 + len(packets)))
    assert [one.rtp_time - packets[0].rtp_time for one in packets] == [960 * n for n in sent_at]
    in_silence = [n for n in sent_at if 100 <= n < 250]
    assert 1 <= len(in_silence) < 5 * 3
    assert [n for n, one in zip(sent_at, packets, strict=True) if one.marker] == [250]
    journal: list[Item] = [
        Packet(stream, ORIGIN + 20 * n * MS, octets)
        for n, (stream, octets) in zip(sent_at, sink.packets, strict=True)
    ]
    timeline = align([HEAD, NOTE, *journal], ORIGIN)
    assert {gap.cause for gap in timeline.gaps if gap.channel == SENT + 1} == {"silence"}
    heard = heard_at_8_khz(timeline, SENT)
    assert compare(voice, heard[: len(voice) + 1600]).likeness > 0.96
    assert compare(voice, heard[320 * 250 :] + bytes(1600)).likeness > 0.94  # the encoder begins anew
