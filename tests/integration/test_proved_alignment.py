"""R-01 to R-06 as they are written: journal, real finaliser, decrypted master, pseudo-noise found in it.

Senders have simulated clocks, so an hour takes no hour; with a few minutes each runs with all tests, and with
sixty by `make proof`.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.media.g711 import decode
from pbx.media.mouth import Mouth
from pbx.recording.decode import FORMAT
from pbx.recording.journal import Item, Note, Packet
from pbx.recording.own_channels import TAKEN
from tests.integration.finaliser_site import Site, open_site
from tests.integration.masters import Decrypted, finalised
from tests.integration.voices import compare, speech_like
from tests.recording.pseudo_noise import (
    ORIGIN,
    RATE,
    Sender,
    errors,
    impaired,
    in_order,
    places,
    worst,
)
from tests.recording.test_timeline import rtp

SHORT = 2
MINUTES = pytest.mark.parametrize("minutes", [SHORT, pytest.param(60, marks=pytest.mark.proof)])
FRAME = 160
SECOND = 1_000_000_000
START_NS = 30_075_000  # 240.6 samples of the master


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


async def mastered(site: Site, name: str, items: list[Packet] | list[Item], minutes: float) -> Decrypted:
    """The master of a recording that lasted so long and a second."""
    ended_ns = ORIGIN + round((minutes * 60 + 1) * SECOND)
    return await finalised(site, name, items, origin_ns=ORIGIN, ended_ns=ended_ns)


def both(minutes: int, ppm: tuple[float, float] = (0.0, 0.0)) -> tuple[Sender, Sender]:
    """Two who begin early in a sample of the master: at its edge the last microsecond of jitter decides.

    How seldom that is, is measured in tests/recording/test_alignment_pn.py.
    """
    n_samples = minutes * 60 * RATE
    party = Sender(stream=0, start_ns=START_NS, n_samples=n_samples, ppm=ppm[0])
    return party, Sender(stream=1, seed=2, start_ns=START_NS + 40_000_000, n_samples=n_samples, ppm=ppm[1])


@pytest.mark.requirement("R-01")
@pytest.mark.requirement("R-03")
@MINUTES
async def test_one_clock_is_right_to_the_sample_and_a_bad_network_changes_no_octet(
    site: Site, minutes: int
) -> None:
    senders = both(minutes)
    clean = await mastered(site, "clean", in_order([p for s in senders for p in s.packets()]), minutes)
    packets = [p for n, s in enumerate(senders) for p in impaired(s.packets(), n)]
    bad = await mastered(site, "bad", in_order(packets), minutes)
    for sender in senders:
        found = errors(sender, clean.channels[sender.stream], places(sender, 13))
        print(f"{minutes} min: channel {sender.stream + 1} is {worst(found):.2f} samples wrong at most")
        assert worst(found) <= 1
    assert bad.channels == clean.channels
    assert bad.gaps == clean.gaps
    assert {gap.cause for gap in clean.gaps} == {"silence"}


@pytest.mark.requirement("R-01")
@pytest.mark.requirement("R-03")
@MINUTES
async def test_further_channels_are_right_to_the_sample_too(site: Site, minutes: int) -> None:
    """Four begin one after the other on a bad network; the first two are what they are without the others."""
    n_samples = minutes * 60 * RATE - 5 * RATE
    starts_ns = [START_NS + n * 700_000_000 for n in range(4)]
    senders = [
        Sender(stream=n, seed=n + 1, start_ns=at, n_samples=n_samples) for n, at in enumerate(starts_ns)
    ]
    notes: list[Item] = [
        Note(TAKEN, {"leg": f"leg-{one.stream}", "channel": str(one.stream + 1)}, ORIGIN)
        for one in senders[2:]
    ]
    packets = [p for n, s in enumerate(senders) for p in impaired(s.packets(), n)]
    master = await mastered(site, "many", [*notes, *in_order(packets)], minutes)
    assert len(master.channels) == 4
    for sender in senders:
        found = errors(sender, master.channels[sender.stream], places(sender, 13))
        print(f"{minutes} min: channel {sender.stream + 1} is {worst(found):.2f} samples wrong at most")
        assert worst(found) <= 1
        assert [cause for _, _, cause in master.gaps_of(sender.stream + 1)] == ["silence"] * 2
    two = await mastered(site, "two", in_order([p for p in packets if p.stream < 2]), minutes)
    first = tuple(gap for gap in master.gaps if gap.channel <= 2)
    assert (two.channels, two.gaps) == (master.channels[:2], first)


@pytest.mark.requirement("R-02")
@MINUTES
@pytest.mark.parametrize("ppm", [100.0, -100.0])
async def test_two_clocks_are_right_to_5_ms_and_no_correction_is_heard(
    site: Site, minutes: int, ppm: float
) -> None:
    """A network without loss but with all of R-03's jitter; each is 100 ppm off, to either side."""
    senders = both(minutes, (ppm, -ppm))
    packets = [p for n, s in enumerate(senders) for p in impaired(s.packets(), n)]
    master = await mastered(site, "skewed", in_order(packets), minutes)
    for sender in senders:
        channel = master.channels[sender.stream]
        found = errors(sender, channel, places(sender, 6 * minutes))
        corrections = steps(sender, channel)
        print(f"{sender.ppm} ppm: {worst(found) / 8:.2f} ms wrong at most, {len(corrections)} corrections")
        assert worst(found) <= 5 * 8
        assert set(map(abs, corrections)) == {1}


def steps(sender: Sender, channel: bytes) -> list[int]:
    """By how many samples the distance of two packets differs from what their sender counted."""
    out, noise = [], sender.noise
    at = round(sender.said_at(0))
    for n in range(0, sender.n_samples, FRAME):
        heart = noise[n + 1 : n + FRAME - 1]  # but for the samples that a correction may touch
        begins = max(0, at - 5)
        found = channel.find(heart, begins, begins + 10 + FRAME)
        assert found >= 0, f"the packet at {n} is not where it belongs"
        if n and found - 1 != at:
            out.append(found - 1 - at)
        at = found - 1 + FRAME
    return out


@pytest.mark.requirement("R-04")
@MINUTES
async def test_every_lost_packet_is_listed_and_the_length_is_exact(site: Site, minutes: int) -> None:
    """A twentieth is lost, a stretch of three seconds, and each party's first and last packets."""
    sent, lost = [], []
    for sender in both(minutes):
        packets = sender.packets()
        dice = np.random.default_rng(sender.seed + 90)
        gone = dice.random(len(packets)) < 0.05
        gone[:3] = gone[1000:1150] = gone[-7:] = True
        kept = [one for one, is_gone in zip(packets, gone.tolist(), strict=True) if not is_gone]
        sent += impaired(kept, sender.seed)
        lost.append(gone)
    master = await mastered(site, "lossy", in_order(sent), minutes)
    length = (minutes * 60 + 1) * RATE
    assert {len(channel) for channel in master.channels} == {length}
    for sender, gone in zip(both(minutes), lost, strict=True):
        expected = logged(sender, gone, length)
        print(f"{len(expected)} gaps, {len(master.manifest['gaps'])} of both channels in the manifest")
        assert master.gaps_of(sender.stream + 1) == expected
    assert worst(errors(both(minutes)[0], master.channels[0], [3 * FRAME])) <= 1


def logged(sender: Sender, gone: "np.typing.NDArray[np.bool_]", length: int) -> list[tuple[int, int, str]]:
    """The gaps by the sender's log; before its first and behind its last packet nobody can know of a loss."""
    first, out, at = round(sender.said_at(0)), [], 0
    for is_gone, packets in groupby(gone.tolist()):
        n = len(list(packets))
        if is_gone:
            out.append((first + at * FRAME, n * FRAME, "loss"))
        at += n
    (_, before, _), *inner, (tail, _, _) = out
    return [(0, first + before, "silence"), *inner, (tail, length - tail, "silence")]


@pytest.mark.requirement("R-05")
@MINUTES
async def test_ten_minutes_of_hold_and_another_stream_lose_nothing(site: Site, minutes: int) -> None:
    hold_s = 600
    before = Sender(stream=0, start_ns=START_NS, n_samples=minutes * 30 * RATE)
    back_ns = before.start_ns + (minutes * 30 + hold_s) * SECOND
    after = replace(before, seed=5, start_ns=back_ns, ssrc=0x5EED, sequence=12_345, timestamp=3_000_000_000)
    total = minutes + hold_s / 60
    packets = [p for n, s in enumerate((before, after)) for p in impaired(s.packets(), n)]
    master = await mastered(site, "held", in_order(packets), total)
    for sender in (before, after):
        found = errors(sender, master.channels[0], places(sender, 7))
        print(f"{worst(found) / 8:.2f} ms wrong at most")
        assert worst(found) <= 20 * 8
        at = round(sender.said_at(0) + found[0])
        assert master.channels[0][at : at + sender.n_samples] == sender.noise
    assert [cause for _, _, cause in master.gaps_of(1)] == ["silence"] * 3
    assert master.gaps_of(1)[1][1] == pytest.approx(hold_s * RATE, abs=8)


PCMU = AudioFormat(encoding="PCMU", payload_type=0)
PCMA = AudioFormat(encoding="PCMA", payload_type=8)
G722 = AudioFormat(encoding="G722", payload_type=9)
OPUS = AudioFormat(encoding="opus", payload_type=111, clock_rate=48000)
TURNS = (PCMA, G722, OPUS, PCMU)  # one after the other, as re-INVITEs would have it
TURN_S, SPEECH_S = 5, 1.5
FORMATS = Note(FORMAT, {"leg": "leg-1", "payload_types": "9=G722/8000 111=opus/48000"}, ORIGIN)


class Speaker:
    """One SSRC that changes its codec, falls silent with a packet of comfort noise, and speaks again."""

    def __init__(self) -> None:
        self.items: list[Item] = [FORMATS]
        self._sequence, self._time = 65_500, 2**32 - 3 * RATE

    def speak(self, fmt: AudioFormat, pcm: bytes, at_s: float) -> None:
        """Say it from `at_s` on; the RTP clock has gone on with the wall's since the codec was agreed."""
        mouth = Mouth(fmt, RATE)
        for n in range(len(pcm) // (2 * FRAME)):
            for payload in mouth.speak(pcm[2 * n * FRAME : 2 * (n + 1) * FRAME]):
                self._put(payload, fmt.payload_type, at_s + n * 0.02)
                self._time += mouth.n_units
        self._put(b"\x40", 13, at_s + len(pcm) / 2 / RATE)
        self._time += round((TURN_S - SPEECH_S) * fmt.clock_rate)

    def _put(self, payload: bytes, payload_type: int, at_s: float) -> None:
        octets = rtp(self._sequence, self._time, payload, payload_type=payload_type)
        self.items.append(Packet(0, ORIGIN + round(at_s * SECOND), octets))
        self._sequence += 1


@pytest.mark.requirement("R-06")
@pytest.mark.parametrize("minutes", [1, pytest.param(60, marks=pytest.mark.proof)])
async def test_codecs_that_change_and_silence_between_lose_nothing(site: Site, minutes: int) -> None:
    """Sequence numbers and timestamps wrap on the way; what is no speech is comfort noise and no loss."""
    speaker, said = Speaker(), []
    for turn in range(minutes * 60 // TURN_S):
        fmt, pcm = TURNS[turn % len(TURNS)], speech_like(turn, SPEECH_S)
        speaker.speak(fmt, pcm, 0.1 + turn * TURN_S)
        said.append((turn * TURN_S, fmt, pcm))
    master = await mastered(site, "changing", speaker.items, minutes)
    heard = decode(master.channels[0], "PCMA")
    likeness = []
    for at_s, fmt, pcm in said:
        found = compare(pcm, heard[2 * at_s * RATE : 2 * (at_s + TURN_S) * RATE])
        assert 99 <= found.delay_ms < 108, (at_s, fmt)  # 6.5 ms are Opus' own
        likeness.append(found.likeness)
    causes = {
        cause: sum(n for _, n, what in master.gaps_of(1) if what == cause) for cause in ("loss", "noise")
    }
    print(f"{len(said)} turns, likeness {min(likeness):.3f} at least, gaps {causes}")
    assert min(likeness) > 0.95  # Opus, of 180 voices; the other codecs have 0.99
    assert causes["loss"] == 0
