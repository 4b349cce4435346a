"""Previews: what a telephone makes of a recording, as a WAV file. No loss and no jitter are in it."""

import hashlib
import tempfile
from pathlib import Path
from typing import Literal

from pbx.core.audio import AudioFormat
from pbx.media.codecs.codec import NARROW, WIDE
from pbx.media.codecs.table import find_codec, find_encoder
from pbx.media.effects import FileSource
from pbx.media.io.audio_files import convert, write_atomically
from pbx.media.io.clips import ClipLoader, load_tones
from pbx.media.wav import Rate, write

PreviewCodec = Literal["PCMU", "PCMA", "G722", "opus"]
FRAME_MS = 20
_FORMATS: dict[PreviewCodec, AudioFormat] = {
    "PCMU": AudioFormat(encoding="PCMU", payload_type=0),
    "PCMA": AudioFormat(encoding="PCMA", payload_type=8),
    "G722": AudioFormat(encoding="G722", payload_type=9),
    "opus": AudioFormat(encoding="opus", payload_type=111, clock_rate=48000),
}


def preview(source: Path, target: Path, name: PreviewCodec) -> tuple[Rate, float]:
    """Write what is heard of a recording; return rate and seconds. StorageError when it cannot be read."""
    fmt = _FORMATS[name]
    codec, rate = find_codec(fmt.encoding, fmt.clock_rate), NARROW if name in ("PCMU", "PCMA") else WIDE
    encoder = find_encoder(fmt, rate)
    assert codec is not None
    assert encoder is not None
    decoder, sent = codec.decoder(rate), _as_sent(source, rate)
    n_bytes = 2 * rate * FRAME_MS // 1000
    frames = (sent[n : n + n_bytes].ljust(n_bytes, b"\0") for n in range(0, len(sent), n_bytes))
    heard = b"".join(decoder.decode(bytes(encoder.encode(frame))) for frame in frames)
    write_atomically(target, write(heard, rate=rate))
    return rate, round(len(heard) / 2 / rate, 2)


def _as_sent(source: Path, rate: Rate) -> bytes:
    """The samples of the library, wide ones where there are none too: the player makes those itself."""
    with tempfile.TemporaryDirectory() as scratch:
        prompt = Path(scratch) / "prompt.wav"
        convert(source, prompt)
        octets = prompt.read_bytes()
        found = FileSource(path=str(prompt), sha256=hashlib.sha256(octets).hexdigest(), duration_ms=0)
        return ClipLoader(load_tones()).load(found).stored("narrow" if rate == NARROW else "wide")
