"""Calls whose parties are encrypted by SDES: their packets, made before they are sent, and their keys."""

import base64
from pathlib import Path

from bench.media.load import WARM_S, write_packets
from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp import SrtpSession

PACKETS_A_SECOND, UNITS = 50, 160
PAYLOAD = b"\xff" * UNITS
FIRST_SSRC = 0x10000


def master(suite: Suite, n_stream: int, whose: str) -> bytes:
    """Return a key that is of no use outside of a benchmark."""
    return f"{n_stream:08} {whose}".encode().ljust(SUITES[suite].master_bytes, b".")


def keys(suite: Suite, n_streams: int) -> list[SdesKeys]:
    """What the relay is told of each stream."""

    def inline(n_stream: int, whose: str) -> Secret[str]:
        return Secret(base64.b64encode(master(suite, n_stream, whose)).decode())

    return [
        SdesKeys(suite=suite, local=inline(n, "relay"), remote=inline(n, "party")) for n in range(n_streams)
    ]


def write_protected(folder: Path, suite: Suite, n_streams: int, seconds: float) -> Path:
    """Return a file of all packets of all streams."""
    path = folder / "protected.packets"
    n_packets = int((WARM_S + seconds) * PACKETS_A_SECOND)
    packets = []
    for n in range(n_streams):
        session = SrtpSession(suite, master(suite, n, "party"), master(suite, n, "relay"))
        packets += [
            session.protect(build(RtpPacket(0, False, number, UNITS * number, FIRST_SSRC + n, 0, 0), PAYLOAD))
            for number in range(n_packets)
        ]
    write_packets(path, packets)
    return path
