"""The media worker as a real process, real UDP parties, the real control socket: what is heard."""

import hashlib
from pathlib import Path

from pbx.core.audio import Direction
from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media import g711
from pbx.media.dtmf import event_packets
from pbx.media.effects import (
    CloseLeg,
    ConnectLeg,
    FileSource,
    Play,
    SetEcho,
    SilenceSource,
    StopPlay,
    ToneSource,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    MediaStarted,
    PlayEnded,
)
from pbx.media.wav import write
from tests.integration.media_parties import (
    ALAW,
    MU,
    A,
    B,
    Party,
    Signalling,
    attach,
    bridged,
    frame,
)


async def test_audio_crosses_bit_exact_both_ways(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    for sender, receiver in ((a, b), (b, a)):
        seen = []
        for n in range(12):
            sender.send(frame(n))
            packet, payload = await receiver.receive()
            assert payload == frame(n)
            seen.append(packet)
        assert len({p.ssrc for p in seen}) == 1
        assert seen[0].ssrc != sender.ssrc
        assert [(p.seq - seen[0].seq) % 2**16 for p in seen] == list(range(12))
        assert [(p.rtp_time - seen[0].rtp_time) % 2**32 for p in seen] == [160 * n for n in range(12)]
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert (closed.stats.received, closed.stats.sent, closed.stats.lost) == (12, 12, 0)
    assert {e.leg for e in pbx.events if isinstance(e, MediaStarted)} == {A, B}


async def test_mu_law_becomes_a_law_and_digits_change_type(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await bridged(pbx, parties, ALAW)
    a.send(frame(1))
    packet, payload = await b.receive()
    assert (packet.payload_type, payload) == (8, frame(1).translate(g711.MU_TO_A))
    b.send(frame(2), 8)
    packet, payload = await a.receive()
    assert (packet.payload_type, payload) == (0, frame(2).translate(g711.A_TO_MU))
    a.press("5")
    types = [(await b.receive())[0].payload_type for _ in event_packets("5", 60)]
    assert set(types) == {96}
    digit = await pbx.expect(DigitReceived)
    assert digit == DigitReceived(leg=A, digit=Secret("5"), duration_ms=60)
    await pbx.settle()
    assert sum(isinstance(e, DigitReceived) for e in pbx.events) == 1


async def test_a_prompt_plays_to_its_last_sample(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    pcm = b"".join((n * 31 % 20000 - 10000).to_bytes(2, "little", signed=True) for n in range(1000))
    path = tmp_path / "prompt.wav"
    path.write_bytes(write(pcm))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source = FileSource(path=str(path), sha256=sha256, duration_ms=125)
    pbx.send(Play(leg=A, token=Token(7), sources=(source, SilenceSource(duration_ms=75))))
    a.press("1")  # while the prompt plays
    heard = b"".join([(await a.receive())[1] for _ in range(10)])
    assert heard == g711.encode(pcm + bytes(1200), "PCMU")
    ended = await pbx.expect(PlayEnded)
    assert ended == PlayEnded(leg=A, token=Token(7), played_ms=200, total_ms=200, completed=True)
    kinds = [type(event) for event in pbx.events]
    assert kinds.index(DigitReceived) < kinds.index(PlayEnded)


async def test_each_play_ends_exactly_once(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    ring = (ToneSource(country="gb", tone="ring"),)
    missing = (FileSource(path="/nonexistent.wav", sha256="", duration_ms=1),)
    pbx.send(Play(leg=A, token=Token(1), sources=ring))
    await a.receive()
    pbx.send(Play(leg=A, token=Token(2), sources=ring), StopPlay(leg=A), StopPlay(leg=A))
    pbx.send(Play(leg=A, token=Token(3), sources=missing), Play(leg=B, token=Token(4), sources=ring))
    pbx.send(Play(leg=A, token=Token(5), sources=ring), CloseLeg(leg=A))
    await pbx.settle()
    ended = [e for e in pbx.events if isinstance(e, PlayEnded)]
    assert [e.token for e in ended] == [1, 2, 3, 4, 5]
    assert not any(e.completed for e in ended)
    assert ended[0].played_ms >= 20


async def test_a_foreign_source_is_not_heard(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    a.send(frame(1))
    await b.receive()
    foreign = Party(0xEEEE)
    foreign.to = a.to
    for n in range(20):
        foreign.send(frame(n))
    a.send(frame(99))
    assert (await b.receive())[1] == frame(99)
    await pbx.settle()
    assert b.is_quiet()
    foreign.socket.close()


async def test_a_party_behind_nat_is_learnt(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    behind = Party(0xCCCC)
    behind.to = a.to
    for n in range(5):
        behind.send(frame(n))
    assert (await b.receive())[1] == frame(4)
    b.send(frame(50))
    assert (await behind.receive())[1] == frame(50)
    assert a.is_quiet()
    # A re-INVITE opens learning again: the socket hears others once more.
    pbx.send(ConnectLeg(leg=A, host="127.0.0.1", port=a.port, format=ALAW, direction="sendrecv"))
    await pbx.settle()
    a.send(frame(7), 8)
    assert (await b.receive())[1] == frame(7).translate(g711.A_TO_MU)
    behind.socket.close()


async def test_hold_is_honoured(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    directions: tuple[Direction, ...] = ("recvonly", "inactive")
    for n, direction in enumerate(directions, 1):
        pbx.send(ConnectLeg(leg=B, host="127.0.0.1", port=b.port, format=MU, direction=direction))
        await pbx.settle()
        a.send(frame(1))
        a.press("5")
        await pbx.expect(DigitReceived, n)  # the frame before it has been through
        assert b.is_quiet()
    pbx.send(ConnectLeg(leg=B, host="127.0.0.1", port=b.port, format=MU, direction="sendonly"))
    await pbx.settle()
    b.send(frame(2))
    a.send(frame(3))
    assert (await b.receive())[1] == frame(3)
    assert a.is_quiet()


async def test_echo(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    pbx.send(SetEcho(leg=A, on=True))
    await pbx.settle()
    a.send(frame(3))
    assert (await a.receive())[1] == frame(3)
