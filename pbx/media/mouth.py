"""Mouth: 20 ms frames of PCM in, payloads of the packet time that the party asked for out."""

from pbx.core.audio import AudioFormat
from pbx.media.codecs.codec import Encoder
from pbx.media.codecs.table import find_encoder
from pbx.media.comfort_noise import Pauses

_SAMPLE_BYTES = 2
_OPUS_FRAMES_MS = frozenset({10, 20, 40, 60})  # RFC 6716 §2.1.4


def packet_ms(fmt: AudioFormat) -> int:
    """Return the packet time that we send with: the party's wish where the codec knows it, else 20."""
    return 20 if fmt.encoding == "opus" and fmt.ptime_ms not in _OPUS_FRAMES_MS else fmt.ptime_ms


class Hush(bytes):
    """In the place of audio, a payload of comfort noise (RFC 3389 §3); empty = nothing is sent at all."""


class Mouth:
    """One encoder at one sample rate. `n_units` = RTP clock units of each payload that it returns.

    For a party that agreed to comfort noise silence is Hush: the encoder rests, as the party's decoder does.
    """

    __slots__ = ("_encoder", "_packet_bytes", "_pauses", "_pending", "n_units", "sample_rate")

    def __init__(self, fmt: AudioFormat, sample_rate: int) -> None:
        """LookupError for a codec that is only passed through."""
        encoder = find_encoder(fmt, sample_rate)
        if encoder is None:
            raise LookupError(f"{fmt.encoding} is passed through, never spoken")
        each_ms = packet_ms(fmt)
        self._encoder: Encoder = encoder
        self._pauses = None if fmt.comfort_noise_type is None else Pauses(each_ms)
        self._pending = b""
        self._packet_bytes = sample_rate * each_ms // 1000 * _SAMPLE_BYTES
        self.n_units = fmt.clock_rate * each_ms // 1000
        self.sample_rate = sample_rate

    def interrupted(self) -> None:
        """Something else was sent to the party since we last spoke."""
        if self._pauses is not None:
            self._pauses.restart()

    def speak(self, pcm: bytes) -> list[bytes]:
        """Return the payloads that are full now, none or several."""
        size = self._packet_bytes
        if not self._pending and len(pcm) == size:  # the usual case: 20 ms in, 20 ms out
            return [self._payload(pcm)]
        pending = self._pending + pcm
        end = len(pending) - len(pending) % size
        self._pending = pending[end:]
        return [self._payload(pending[at : at + size]) for at in range(0, end, size)]

    def _payload(self, pcm: bytes) -> bytes:
        noise = None if self._pauses is None else self._pauses.judge(pcm)
        return self._encoder.encode(pcm) if noise is None else Hush(noise)
