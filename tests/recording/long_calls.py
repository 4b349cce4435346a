"""Journals of long calls, made piece by piece so that they may be of any length."""

import random
import struct
from collections.abc import Iterator

from pbx.core.secret import Secret
from pbx.recording.decode import FORMAT, PAYLOAD_TYPES
from pbx.recording.journal import End, Head, Item, JournalEncoder, Note, Packet

FRAME_NS, N_SAMPLES, BATCH = 20_000_000, 160, 25  # a record each 250 ms, as in service
PCMA, G722 = 8, 9  # payload types; noise is a voice in both
_RTP = struct.Struct("!BBHII")


def packets(n_frames: int, payload_type: int = PCMA) -> Iterator[Item]:
    """Two voices that are there all the time; a packet comes up to 10 ms late."""
    jitter, noise = random.Random(1), random.Random(2)
    voices = [noise.randbytes(N_SAMPLES) for _ in range(50)]
    for n in range(n_frames):
        for stream in (0, 1):
            rtp = (
                _RTP.pack(0x80, payload_type, n & 0xFFFF, n * N_SAMPLES & 0xFFFFFFFF, 7 + stream)
                + voices[n % 50]
            )
            yield Packet(stream, n * FRAME_NS + jitter.randrange(10_000_000), rtp)


def records(
    file_key: Secret[bytes], recording: str, minutes: float, payload_type: int = PCMA
) -> Iterator[bytes]:
    """Yield the records of a closed journal."""
    encoder, n_frames = JournalEncoder(file_key), int(minutes * 60 * 50)
    head = Head(
        recording=recording,
        call="bench",
        tenant="acme",
        kind="call",
        leg="a",
        started_at="2026-11-29T00:00:00+00:00",
        origin_ns=0,
    )
    yield encoder.encode([head, Note(FORMAT, {"leg": "a", PAYLOAD_TYPES: "9=G722/8000"}, 0)])
    batch: list[Item] = []
    for packet in packets(n_frames, payload_type):
        batch.append(packet)
        if len(batch) == BATCH:
            yield encoder.encode(batch)
            batch.clear()
    yield encoder.encode([*batch, End(n_frames * FRAME_NS)])
