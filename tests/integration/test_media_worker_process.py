"""The media worker as a process: recordings, failures, restarts, its end."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from pbx.core.errors import TransportError
from pbx.core.ids import LegId, RecordingId, Token
from pbx.core.wire import Codec
from pbx.media import g711
from pbx.media.effects import (
    CloseLeg,
    MediaEffect,
    NoteInRecording,
    OpenLeg,
    Play,
    SetEcho,
    SetGate,
    SetSecure,
    SilenceSource,
    StartRecording,
    StopRecording,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegFailed,
    LegOpened,
    MediaTimedOut,
    PlayEnded,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
)
from tests.integration.media_parties import (
    ALAW,
    CALL,
    PATIENCE_S,
    QUIET,
    A,
    B,
    Party,
    Signalling,
    attach,
    bridged,
    connected,
    frame,
    heard_again,
    started_worker,
)

N_UNREAD = 5000  # answers; more than the connection holds, and few enough that all orders are taken


def journal(folder: Path, recording: str) -> list[dict[str, Any]]:
    text = (folder / f"{recording}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def order(leg: LegId, tenant: str = "acme") -> StartRecording:
    return StartRecording(
        recording=RecordingId(f"rec-{leg}"),
        leg=leg,
        tenant=tenant,
        call=CALL,
        kind="call",
        recipients=(),
        started_at="2026-01-01T00:00:00Z",
    )


@pytest.mark.requirement("R-11")
async def test_gate_and_secure_entry_silence_the_taps(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    a, b = parties
    await bridged(pbx, parties, ALAW)
    pbx.send(order(A), order(B))

    async def say(n: int) -> bytes:
        sent = a.send(frame(n))
        await b.receive()
        return sent

    await say(1)  # the gate is closed
    pbx.send(SetGate(leg=A, open=True))
    await pbx.settle()
    recorded = await say(2)
    pbx.send(SetSecure(leg=A, on=True))
    await pbx.settle()
    a.send(frame(3))
    a.press("9")
    await pbx.expect(DigitReceived)
    await pbx.settle()
    assert b.is_quiet()  # nothing is relayed or journalled
    pbx.send(SetSecure(leg=A, on=False))
    await heard_again(a, b)
    pbx.send(NoteInRecording(recording=RecordingId("rec-a"), kind="x", details={}))
    pbx.send(Play(leg=A, token=Token(1), sources=(SilenceSource(duration_ms=20),)))
    await pbx.expect(PlayEnded)
    b.send(frame(5), 8)  # B's gate is closed: not in A's journal either
    await a.receive()
    pbx.send(StopRecording(recording=RecordingId("rec-a")), CloseLeg(leg=B))
    await pbx.expect(RecordingStopped, 2)
    assert sum(isinstance(e, RecordingStarted) for e in pbx.events) == 2

    of_a, of_b = journal(tmp_path, "rec-a"), journal(tmp_path, "rec-b")
    said = [e["rtp"] for e in of_a if e.get("stream") == 0]
    assert [rtp for rtp in said if not rtp.endswith(QUIET.hex())] == [recorded.hex()]
    prompt = [bytes.fromhex(e["rtp"]) for e in of_a if e.get("stream") == 1]
    assert [p[12:] for p in prompt] == [bytes([g711.SILENCE["PCMU"]]) * 160]
    relayed = [bytes.fromhex(e["rtp"]) for e in of_b if "stream" in e]
    spoken = [p for p in relayed if p[12:] != QUIET.translate(g711.MU_TO_A)]
    assert [(p[1] & 0x7F, p[12:]) for p in spoken] == [(8, frame(2).translate(g711.MU_TO_A))]
    notes = [(e["note"], e.get("open") or e.get("on", "")) for e in of_a if "note" in e]
    assert notes[-5:] == [
        ("gate", "true"),
        ("secure", "true"),
        ("secure", "false"),
        ("x", ""),
        ("closed", ""),
    ]


async def test_a_full_disk_fails_the_recording_not_the_call(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    await bridged(pbx, parties)
    pbx.send(order(A, "full-disk"), SetGate(leg=A, open=True))
    failed = await pbx.expect(RecordingFailed)
    assert failed == RecordingFailed(recording=RecordingId("rec-a"), reason="no space left")
    parties[0].send(frame(1))
    assert (await parties[1].receive())[1] == frame(1)


async def test_a_bug_ends_its_leg_not_the_worker(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, b = parties
    await bridged(pbx, parties)
    pbx.send(order(A, "bug"), SetGate(leg=A, open=True), SetEcho(leg=B, on=True))
    await pbx.settle()
    a.send(frame(1))
    assert await pbx.expect(LegFailed) == LegFailed(leg=A, reason="RuntimeError")
    await pbx.expect(RecordingStopped)
    b.send(frame(2))
    assert (await b.receive())[1] == frame(2)


async def test_malformed_packets_are_counted(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    a.send(frame(1))
    for octets in (b"", b"x" * 20, bytes(2047)):
        a.socket.sendto(octets, a.to)
    a.send(b"\x01", 101)  # a truncated telephone-event
    pbx.send(SetEcho(leg=A, on=True))
    await pbx.settle()
    a.send(frame(2))
    await a.receive()
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    closed = next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A)
    assert (closed.stats.malformed, closed.stats.received) == (4, 3)


async def test_an_oversized_play_list_is_refused(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    await attach(pbx, A, parties[0])
    for n, completed in ((64, True), (65, False)):
        sources = (SilenceSource(duration_ms=0),) * (n - 1) + (SilenceSource(duration_ms=20),)
        pbx.send(Play(leg=A, token=Token(n), sources=sources))
        assert (await pbx.expect(PlayEnded, n - 63)).completed is completed


async def test_legs_survive_a_restart_of_signalling(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    a, b = parties
    await bridged(pbx, parties)
    pbx.send(Play(leg=A, token=Token(1), sources=(SilenceSource(duration_ms=300),)))
    await a.receive()
    await pbx.link.close()
    assert not pbx.lost.is_set()
    a.send(frame(1))
    assert (await b.receive())[1] == frame(1)
    for _ in range(14):  # the play goes on and ends while nobody is connected
        await a.receive()
    again = await connected(tmp_path)
    assert (await again.expect(PlayEnded)).completed  # kept for the next connection
    again.send(CloseLeg(leg=A))
    assert (await again.expect(LegClosed)).stats.received == 1
    await again.link.close()


async def test_sigint_closes_every_leg_and_ends_with_0(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path) as process:
        pbx = await connected(tmp_path)
        await bridged(pbx, parties)
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        closed = [e.leg for e in pbx.events if isinstance(e, LegClosed)]
        assert {A, B} <= set(closed)
        with pytest.raises(TransportError):
            pbx.send(CloseLeg(leg=A))
        # A second SIGINT while the interpreter shuts down would end it with -15.
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


async def test_signalling_that_leaves_while_the_worker_ends_does_no_harm(tmp_path: Path) -> None:
    """Answers that nobody reads keep the worker waiting at its end; then the reader is gone."""
    order = Codec[MediaEffect](MediaEffect).encode(CloseLeg(leg=A))
    async with started_worker(tmp_path) as process:  # it has to end with 0
        await (await connected(tmp_path)).link.close()  # it listens, not only has its socket
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "media.sock"))
        writer.write((len(order).to_bytes(4, "big") + order) * N_UNREAD)
        await writer.drain()
        process.send_signal(signal.SIGINT)
        with pytest.raises(TimeoutError):  # it waits for the reader
            await asyncio.wait_for(process.wait(), 0.5)
        writer.transport.abort()


@pytest.mark.requirement("MED-11")
async def test_silence_is_reported_once(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path, "--rtp-timeout", "0.2"):
        pbx = await connected(tmp_path)
        await attach(pbx, A, parties[0])
        assert (await pbx.expect(MediaTimedOut)).silent_ms >= 200
        pbx.send(Play(leg=A, token=Token(1), sources=(SilenceSource(duration_ms=300),)))
        await pbx.expect(PlayEnded)  # longer than the timeout
        assert sum(isinstance(e, MediaTimedOut) for e in pbx.events) == 1
        parties[0].send(frame(1))
        await pbx.expect(MediaTimedOut, 2)
        await pbx.link.close()
        assert sum(isinstance(e, MediaTimedOut) for e in pbx.events) == 2


@pytest.mark.requirement("MED-16")
async def test_ports_run_out(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path, "--ports", "12400-12401"):
        pbx = await connected(tmp_path)
        pbx.send(OpenLeg(leg=A, call=CALL), OpenLeg(leg=B, call=CALL))
        assert (await pbx.expect(LegOpened)).port == 12400
        assert (await pbx.expect(LegFailed)).leg == B
        await pbx.link.close()
