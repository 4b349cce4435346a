"""The opinion score that a worker reports on a bad network, beside a reference made from what was lost.

The reference knows of each packet whether it was lost and when it left the network. It plays them out of the
jitter buffer, counts what was not played in its time, and rates that by the E-model of `tests.media.e_model`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import pytest

from pbx.core.audio import AudioFormat, Encoding
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, CloseLeg
from pbx.media.events import LegClosed, StreamQuality
from pbx.media.jitter_buffer import JitterBuffer, Packet
from pbx.media.payloads import units
from pbx.media.rtp import parse
from tests.integration.impairment import CALM, Passage, Path, Weather, attach_through, network
from tests.integration.media_parties import Party, Signalling, serving
from tests.integration.test_transcoding import FORMATS
from tests.integration.voices import FRAME_S, speech_like, talk
from tests.media import e_model

SECONDS = 9.0
CLOSE = 0.3  # of a score, which a listener does not notice
# The worker's clock ticks somewhere between two packets, and who is late for it depends on where.
PHASES_S = (0.0, 0.005, 0.010, 0.015)
TAIL_S = 1.0
LATEST_S = 0.4  # the last packet is through all weathers

GRID = {
    f"loss {loss} jitter {jitter_ms}": Weather(loss=loss / 100, jitter_ms=jitter_ms)
    for loss in (0, 1, 5, 20)
    for jitter_ms in (0, 40, 80, 200)
}
MORE = {
    "reorder": Weather(reorder=0.1),
    "duplicates": Weather(duplicate=0.1),
    "duplicates hide losses": Weather(loss=0.05, duplicate=0.2),
    "all at once": Weather(loss=0.05, jitter_ms=40, reorder=0.1, duplicate=0.05),
    "short bursts": Weather(loss=0.05, burst=4),
    "long bursts": Weather(loss=0.2, burst=6),
}
TRANSCODED = {
    "PCMU": Weather(loss=0.05, jitter_ms=80, reorder=0.05, duplicate=0.05),
    "L16": Weather(loss=0.2),
    "G722": Weather(loss=0.05, jitter_ms=40),
    "opus": Weather(loss=0.05, jitter_ms=40, duplicate=0.1),
}
# Ie and Bpl on the scale of their R0; those of G.722 and Opus are the assumption of `pbx.media.quality`.
WIDE: dict[Encoding, tuple[float, float]] = {"G722": (13, 10), "opus": (5, 15)}


@dataclass(frozen=True)
class Case:
    path: Path
    party: Party
    leg: LegId
    fmt: AudioFormat


@dataclass(frozen=True)
class Heard:
    """What a listener got: which packets in the order of sending, and how long after they were said."""

    played: Sequence[bool]
    delay_ms: float

    @property
    def loss(self) -> float:
        return 1 - sum(self.played) / len(self.played)

    @property
    def burst_ratio(self) -> float:
        """G.107 §3.5: the mean run of losses over that of random loss."""
        gaps = "".join("p" if one else "x" for one in self.played).replace("p", " ").split()
        return max(sum(map(len, gaps)) / len(gaps) * (1 - self.loss), 1.0) if gaps else 1.0


def play_out(passages: Sequence[Passage], fmt: AudioFormat, phase_s: float = 0.0) -> Heard:
    """Play what left the network, each 20 ms a frame; the clock ticks `phase_s` behind the first arrival."""
    arrivals = sorted((left, n) for n, one in enumerate(passages) for left in one.left)
    buffer, played = JitterBuffer(fmt.clock_rate), [False] * len(passages)
    delays, at = [], 0
    now = arrivals[0][0] + phase_s
    by_time = {parse(one.octets, len(one.octets)).rtp_time: n for n, one in enumerate(passages)}
    began = min(one.came - n * FRAME_S for n, one in enumerate(passages))
    while now < arrivals[-1][0] + TAIL_S:
        while at < len(arrivals) and arrivals[at][0] <= now:
            left, n = arrivals[at]
            put(buffer, passages[n].octets, fmt, left)
            at += 1
        slot = buffer.take(now)
        if isinstance(slot, Packet):
            played[by_time[slot.rtp_time]] = True
            delays.append(now - began - by_time[slot.rtp_time] * FRAME_S)
        now += FRAME_S
    return Heard(played, sum(delays) / len(delays) * 1000)


def put(buffer: JitterBuffer, octets: bytes, fmt: AudioFormat, now: float) -> None:
    header = parse(octets, len(octets))
    payload = octets[header.start : header.end]
    n_units = units((fmt.encoding, fmt.clock_rate), memoryview(payload))
    packet = Packet(payload, header.payload_type, header.rtp_time, n_units)
    buffer.put(packet, header.ssrc, header.seq, now)


def reference(heard: Heard, encoding: Encoding) -> float:
    ie, bpl = WIDE.get(encoding, (0, 25.1))
    r = e_model.rating(
        ie=ie, bpl=bpl, loss_percent=heard.loss * 100, burst=heard.burst_ratio, delay_ms=heard.delay_ms
    )
    if encoding in WIDE:  # G.107.1: the same impairments on a scale that reaches to 129
        r = (r + 129 - 93.2) / 1.29
    return max(e_model.opinion(r), 1.0)


@pytest.mark.requirement("MED-10")
async def test_scores_are_those_of_the_reference(tmp_path: FilePath) -> None:
    weathers = {name: ("PCMU", weather) for name, weather in (GRID | MORE).items()}
    weathers |= {f"{codec} transcoded": (codec, weather) for codec, weather in TRANSCODED.items()}
    with network() as net:
        cases = [
            Case(net.path(weather, CALM, seed=name), Party(1), LegId(name), FORMATS[codec])
            for name, (codec, weather) in weathers.items()
        ]
        async with serving(tmp_path) as pbx:
            reported = await scored(pbx, cases)
        for case in cases:
            case.party.socket.close()
    wrong = []
    for case in cases:
        said = reported[case.leg]
        heard = [play_out(case.path.up.passages, case.fmt, phase_s) for phase_s in PHASES_S]
        expected = [reference(one, case.fmt.encoding) for one in heard]
        losses = [round(one.loss, 3) for one in heard]
        if not min(expected) - CLOSE <= said.mos <= max(expected) + CLOSE:
            wrong.append(f"{case.leg}: {said}, but {min(expected):.2f} to {max(expected):.2f} at {losses}")
    assert not wrong


async def scored(pbx: Signalling, cases: Sequence[Case]) -> dict[LegId, StreamQuality]:
    """All talk at the same time, each two of them with each other; what the worker said of each."""
    for case in cases:
        await attach_through(case.path, pbx, case.party, case.leg, fmt=case.fmt)
    legs = [case.leg for case in cases]
    pbx.send(*(BridgeLegs(a=a, b=b) for a, b in zip(legs[::2], legs[1::2], strict=True)))
    await pbx.settle()
    voice = speech_like(1, SECONDS)
    await asyncio.gather(*(talk(case.party, case.fmt, voice) for case in cases))
    await asyncio.sleep(LATEST_S)
    return await closed(pbx, legs)


async def closed(pbx: Signalling, legs: Sequence[LegId]) -> dict[LegId, StreamQuality]:
    pbx.send(*(CloseLeg(leg=leg) for leg in legs))
    await pbx.settle()
    stats = {event.leg: event.stats for event in pbx.events if isinstance(event, LegClosed)}
    return {leg: quality for leg in legs if (quality := stats[leg].heard_quality) is not None}
