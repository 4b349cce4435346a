"""A wide-band call becomes FLAC that is played, drawn, muted and proved like any other recording."""

import io
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rfc8785
import soundfile
from numpy.typing import NDArray

from pbx.core.audio import AudioFormat
from pbx.core.errors import ParseError
from pbx.media.mouth import Mouth
from pbx.recording import manifest, wav
from pbx.recording.decode import FORMAT
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.reader import decrypt_wav, verify
from pbx.recording.io.sound import Sound, mono_pieces, open_sound
from pbx.recording.journal import Item, Note, Packet
from pbx.recording.own_channels import TAKEN
from pbx.recording.picture.peaks import Peaks
from tests.integration.finaliser_site import Site, open_site
from tests.integration.masters import finalised

RATE, FRAME_NS, SECONDS = 16_000, 20_000_000, 90
G722 = AudioFormat(encoding="G722", payload_type=9)
Samples = NDArray[np.int16]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as site:
        yield site


def spoken(stream: int, *, loses: bool, seconds: int = SECONDS) -> list[Item]:
    """A tone that changes all the time at 16 kHz; each 40th packet may be lost."""
    time = np.arange(seconds * RATE)
    pcm = (9000 * np.sin(time * (0.2 + stream / 10) * (1 + 0.2 * np.sin(time / 9000)))).astype("<i2")
    mouth, items = Mouth(G722, RATE), list[Item]()
    for n in range(len(pcm) // 320):
        (payload,) = mouth.speak(pcm[n * 320 : n * 320 + 320].tobytes())
        rtp = struct.pack("!BBHII", 0x80, 9, n & 0xFFFF, n * 160, 7 + stream) + payload
        if not (loses and n % 2):
            items.append(Packet(stream, n * FRAME_NS, rtp))
    return items


async def wide(site: Site, *, loses: bool = False) -> tuple[FinishedRecording, Sound, Samples]:
    """The row, its sound, and all samples as a stranger's FLAC reader has them."""
    note = Note(FORMAT, {"leg": "leg-1", "payload_types": "9=G722/8000"}, 0)
    items = [note, *spoken(0, loses=loses), *spoken(1, loses=loses)]
    await finalised(site, "wide", items, origin_ns=0, ended_ns=SECONDS * 10**9)
    row = await site.row("wide")
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    whole, rate = soundfile.read(io.BytesIO(await decrypt_wav(row, site.store, key)), dtype="int16")
    assert (rate, whole.shape) == (RATE, (SECONDS * RATE, 2))
    return row, open_sound(row, site.store, key), whole


async def heard(pieces: AsyncIterator[bytes]) -> Samples:
    samples, rate = soundfile.read(io.BytesIO(b"".join([piece async for piece in pieces])), dtype="int16")
    assert rate == RATE
    found: Samples = samples
    return found


def chunks(n_units: int) -> int:
    """At most so many hold a part of tones: what frames there are in it, none of them whole (E-05)."""
    n_frames = 1 + -(-n_units * 2 // 4096)
    return 1 + -(-n_frames * 14_000 // 65_536)


@pytest.mark.requirement("R-25")
@pytest.mark.requirement("E-05")
async def test_any_part_is_played_without_decrypting_the_whole(site: Site) -> None:
    row, sound, whole = await wide(site)
    assert manifest.parse(row.manifest)["codec"] == "FLAC"
    for first, n in ((0, 8000), (1, 1), (44 * 8000 + 3, 8000), (SECONDS * 8000 - 5, 99), (SECONDS * 8000, 9)):
        before = sound.n_opened
        played = await heard(sound.excerpt(first, n))
        assert np.array_equal(played.reshape(-1, 2), whole[2 * first : 2 * (first + n)])
        assert sound.n_opened - before <= chunks(n) + 2 * (before == 0)  # of more than 50
    assert row.size > 50 * 65_536
    assert np.array_equal(await heard(sound.excerpt(0, SECONDS * 8000)), whole)


@pytest.mark.requirement("D-03")
@pytest.mark.requirement("R-23")
async def test_muted_mixed_and_drawn_it_is_the_same_sound(site: Site) -> None:
    row, sound, whole = await wide(site)
    mono = await heard(mono_pieces(row, site.store, await site.key(row)))
    assert np.array_equal(mono, whole.astype(np.int32).sum(axis=1) >> 1)
    muted = await heard(sound.muted(([(8000, 16_000)], [])))
    assert not muted[:, 1].any()
    assert not muted[:RATE, 0].any() and not muted[2 * RATE :, 0].any()
    assert np.array_equal(muted[RATE : 2 * RATE, 0], whole[RATE : 2 * RATE, 0])
    peaks = Peaks("L16", SECONDS * RATE, 50)
    async for piece in sound.excerpt(0, SECONDS * 8000):
        peaks.update(piece)
    assert peaks.outline().loudest == pytest.approx(np.abs(whole.astype(int)).max() / 32768, abs=1e-4)


@pytest.mark.requirement("R-04")
async def test_more_gaps_than_a_manifest_holds_are_listed_before_the_sound(site: Site) -> None:
    """That the list is whole is what `finalised` compares."""
    row, sound, whole = await wide(site, loses=True)
    assert manifest.parse(row.manifest)["gaps_omitted"] > 0
    assert np.array_equal(await heard(sound.excerpt(8000 * 70, 800)), whole[RATE * 70 :][:1600])


@pytest.mark.requirement("R-04")
async def test_a_manifest_of_another_sound_is_found_out(site: Site) -> None:
    row, _, _ = await wide(site)
    key = await site.key(row)
    fields = dict(manifest.parse(row.manifest))
    for change in ({"samples": fields["samples"] - 1}, {"gaps_omitted": 1}):
        said = rfc8785.dumps({**fields, **change})
        with pytest.raises(ParseError):
            await open_sound(replace(row, manifest=said), site.store, key).prove()


def test_a_wav_of_16_bits_is_understood_by_others() -> None:
    octets = wav.header("L16", 3) + bytes(range(12))
    info = soundfile.info(io.BytesIO(octets))
    assert (info.subtype, info.samplerate, info.channels, info.frames) == ("PCM_16", RATE, 2, 3)


@pytest.mark.requirement("R-25")
@pytest.mark.requirement("D-03")
@pytest.mark.parametrize(("n_channels", "codec"), [(4, "FLAC"), (9, "L16")])
async def test_a_room_is_played_muted_and_drawn_like_a_call_of_two(
    site: Site, n_channels: int, codec: str
) -> None:
    """FLAC has no more than eight channels: beyond, the same samples are in a WAV file."""
    seconds = 10
    further: list[Item] = [
        Note(TAKEN, {"leg": f"leg-{n}", "channel": str(n)}, 0) for n in range(3, n_channels + 1)
    ]
    known = [
        Note(FORMAT, {"leg": f"leg-{n}", "payload_types": "9=G722/8000"}, 0) for n in range(n_channels + 1)
    ]
    said = [spoken(n, loses=False, seconds=seconds) for n in range(n_channels)]
    items = [*further, *known, *(item for one in said for item in one)]
    await finalised(site, "wide", items, origin_ns=0, ended_ns=seconds * 10**9)
    row = await site.row("wide")
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    assert manifest.parse(row.manifest)["codec"] == codec
    whole, rate = soundfile.read(io.BytesIO(await decrypt_wav(row, site.store, key)), dtype="int16")
    assert (rate, whole.shape) == (RATE, (seconds * RATE, n_channels))
    assert (np.abs(whole[RATE:].astype(int)).max(axis=0) > 8000).all()
    sound = open_sound(row, site.store, key)
    for first, n in ((0, 8000), (5 * 8000 + 3, 8000), (seconds * 8000 - 5, 99)):
        assert np.array_equal(await heard(sound.excerpt(first, n)), whole[2 * first : 2 * (first + n)])
    kept = tuple([(8000, 16_000)] if n == 3 else [] for n in range(1, n_channels + 1))
    muted = await heard(sound.muted(kept))
    assert not np.delete(muted, 2, axis=1).any() and not muted[:RATE].any()
    assert np.array_equal(muted[RATE : 2 * RATE, 2], whole[RATE : 2 * RATE, 2])
    peaks = Peaks("L16", seconds * RATE, 50, n_channels)
    async for piece in sound.excerpt(0, seconds * 8000):
        peaks.update(piece)
    assert peaks.outline().high.shape == (50, n_channels)
    assert peaks.outline().loudest == pytest.approx(np.abs(whole.astype(int)).max() / 32768, abs=1e-4)
