"""What every tap of a caller has of him, as samples: a peer's ear, a supervisor's, journal and master."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import AudioFormat
from pbx.media import g711
from pbx.media.codecs.table import find_codec
from pbx.media.payloads import coding
from pbx.media.rtp import HEADER_BYTES, RtpPacket, parse
from pbx.recording.io.vault_client import FileKey
from pbx.recording.journal import JournalReader, Packet, split_journal
from pbx.recording.vault_messages import AskUnwrap
from tests.integration.finaliser_site import Site
from tests.integration.keypad import FRAME, RATE, Caller
from tests.integration.masters import Decrypted
from tests.integration.media_parties import MU, Party

Floats = NDArray[np.float64]
Heard = tuple[RtpPacket, bytes]

# Other noise is as like as 0.1; on a busy machine a jitter buffer shifts half of what it gives.
HEARD_AS_SAID = 0.35


@dataclass(frozen=True, slots=True)
class Tap:
    """What was heard of a caller, `where` = at whose ear or in which file."""

    where: str
    caller: Caller
    samples: Floats = field(repr=False)

    def place(self, marker: Floats) -> int:
        """Where a voice begins in it, AssertionError when it is not there."""
        n_points = len(self.samples) + len(marker)
        spectra = np.fft.rfft(self.samples, n_points), np.fft.rfft(marker, n_points)
        products = np.fft.irfft(spectra[0] * spectra[1].conj(), n_points)[: len(self.samples)]
        found = int(np.argmax(products))
        here = self.samples[found : found + len(marker)]
        likeness = products[found] / (np.linalg.norm(here) * np.linalg.norm(marker) + 1e-9)
        assert likeness > HEARD_AS_SAID, f"{self.where} never heard {self.caller.leg}: {likeness:.2f}"
        return found


class Ear:
    """A telephone that keeps every packet it is sent."""

    def __init__(self, party: Party, fmt: AudioFormat = MU) -> None:
        self._socket, self._format = party.socket, fmt
        self.packets: list[Heard] = []
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    @property
    def n_events(self) -> int:
        """How many packets of telephone-events it got."""
        return sum(one.payload_type == self._format.dtmf_payload_type for one, _ in self.packets)

    @property
    def samples(self) -> Floats:
        return sounded(self.packets, self._format)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)

    def _read(self) -> None:
        octets = self._socket.recv(2048)
        packet = parse(octets, len(octets))
        self.packets.append((packet, octets[packet.start : packet.end]))


def sounded(packets: Iterable[Heard], fmt: AudioFormat) -> Floats:
    """Decode the audio among packets, each at its RTP time; where there is none it is silent."""
    codec = find_codec(*coding(fmt))
    assert codec is not None
    decoder, placed, first = codec.decoder(RATE), [(0, b"")], None
    for packet, payload in packets:
        if packet.payload_type == fmt.payload_type and payload:
            first = packet.rtp_time if first is None else first
            at = (packet.rtp_time - first + 2**31) % 2**32 - 2**31
            placed.append((at * RATE // fmt.clock_rate, decoder.decode(payload)))
    samples = np.zeros(max(at for at, _ in placed) + 2 * FRAME)
    for at, pcm in placed:
        if at >= 0:
            samples[at : at + len(pcm) // 2] = np.frombuffer(pcm, "<i2")
    return samples


async def journalled(site: Site, recording: str) -> list[Packet] | None:
    """Every packet of a journal, opened as the finaliser does; None = it is still being written."""
    octets = (site.spool / f"{recording}.jrn").read_bytes()
    header, offset = split_journal(octets)
    asked = AskUnwrap(recording=recording, header=header, actor="finaliser", purpose="finalise")
    answer = await site.vault.unwrap(asked)
    assert isinstance(answer, FileKey)
    reader = JournalReader(answer.key, offset)
    items = reader.read(octets[offset:])
    if not reader.complete:
        return None
    assert reader.damage is None
    return [item for item in items if isinstance(item, Packet)]


def stream_of(packets: list[Packet], stream: int) -> list[Heard]:
    """One direction of a journal."""
    found = [one.rtp for one in packets if one.stream == stream]
    return [_bare(rtp) if len(rtp) == HEADER_BYTES else _whole(rtp) for rtp in found]


def _whole(rtp: bytes) -> Heard:
    return parse(rtp, len(rtp)), rtp[HEADER_BYTES:]


def _bare(header: bytes) -> Heard:
    """A packet of which only the header is kept."""
    return parse(header + b"\0", HEADER_BYTES + 1), b""


def channel(master: Decrypted, number: int) -> Floats:
    """What a master has of one side."""
    law = master.manifest["codec"]
    return np.frombuffer(g711.decode(master.channels[number], law), "<i2").astype(np.float64)
