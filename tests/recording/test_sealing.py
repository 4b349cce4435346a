"""What is sealed of a master, and what is said of it."""

import io
from hashlib import sha256

import numpy as np
import pytest
import soundfile

from pbx.core.audio import AudioFormat
from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.media.mouth import Mouth
from pbx.recording.age import CHUNK, PayloadDecryptor
from pbx.recording.chunk_tree import ChunkTree
from pbx.recording.decode import FORMAT
from pbx.recording.finalise import read_master
from pbx.recording.journal import End, Item, JournalEncoder, Note, Packet
from pbx.recording.octets import HeldOctets
from pbx.recording.parts import Part
from pbx.recording.sealing import Sealer
from tests.recording.flac_files import split
from tests.recording.test_finalise import head
from tests.recording.test_timeline import rtp

KEY = Secret(b"0123456789abcdef")
G722 = AudioFormat(encoding="G722", payload_type=9)
FRAME_NS = 20_000_000


def sealer(n_frames: int, payload_type: int) -> Sealer:
    """Of a call with noise on both channels."""
    noise, mouths = np.random.default_rng(1), (Mouth(G722, 16_000), Mouth(G722, 16_000))
    items: list[Item] = [head(), Note(FORMAT, {"leg": "l1", "payload_types": "9=G722/8000"}, 0)]
    for n in range(n_frames):
        for stream, mouth in enumerate(mouths):
            pcm = noise.integers(-20_000, 20_000, 320).astype("<i2").tobytes()
            payload = mouth.speak(pcm)[0] if payload_type == 9 else pcm[:160]
            octets = rtp(n, 160 * n, payload, payload_type=payload_type)
            items.append(Packet(stream, n * FRAME_NS, octets))
    journal = JournalEncoder(KEY).encode([*items, End(n_frames * FRAME_NS)])
    return Sealer(read_master([Part(HeldOctets(journal), 0, KEY)]), KEY, SeededIds())


def written(one: Sealer) -> bytes:
    """The payload as it lies on the disk."""
    behind = b"".join(one.pieces())
    start = one.start()
    assert len(start) == one.place or not behind
    if start:
        payload = start + behind
        one.read_again(payload[at : at + 7000] for at in range(0, len(payload), 7000))
    return start + behind


def opened(payload: bytes) -> bytes:
    decryptor = PayloadDecryptor(KEY)
    return decryptor.update(payload) + decryptor.finish()


@pytest.mark.requirement("E-12")
@pytest.mark.parametrize(("payload_type", "n_frames"), [(8, 5), (8, 500), (9, 5), (9, 250)])
def test_both_sides_are_hashed_whatever_was_sealed_first(payload_type: int, n_frames: int) -> None:
    one = sealer(n_frames, payload_type)
    payload = written(one)
    plain, tree, sealed = opened(payload), ChunkTree(), one.sealed("k")
    tree.update(plain)
    assert plain.startswith(b"fLaC" if payload_type == 9 else b"RIFF")
    assert (len(plain) > 2 * CHUNK) == (n_frames > 5), "two have chunks behind the first"
    assert sealed.sha256_plain == sha256(plain).hexdigest()
    assert sealed.plain_tree == tree.finish()
    assert (sealed.size, sealed.sha256_cipher) == (len(payload), sha256(payload).hexdigest())


@pytest.mark.requirement("R-25")
def test_flac_is_sealed_with_its_seek_table() -> None:
    header, frames = split(opened(written(sealer(250, 9))))
    assert header[42] == 0x83, "the last block of metadata is a seek table"
    assert len(header) == 46 + 18 * -(-250 * 320 // 4096)
    assert soundfile.info(io.BytesIO(header + frames)).frames == 250 * 320


def test_a_disk_that_gives_back_other_octets_is_found_out() -> None:
    one = sealer(250, 9)
    behind = b"".join(one.pieces())
    payload = bytearray(one.start() + behind)
    payload[-70_000] ^= 1
    with pytest.raises(ParseError):
        one.read_again([bytes(payload)])
    with pytest.raises(ParseError):
        sealer(250, 9).read_again([bytes(one.place) + behind])
