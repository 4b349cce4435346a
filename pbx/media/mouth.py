"""Mouth: 20 ms frames of PCM in, payloads of the packet time that the party asked for out."""

from pbx.core.audio import AudioFormat
from pbx.media.codecs.codec import Encoder
from pbx.media.codecs.table import find_encoder
from pbx.media.comfort_noise import Pauses
from pbx.media.shared_coding import CodedPlay, shared_kind

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
    What is played may have been coded for others already.
    """

    __slots__ = (
        "_encoder",
        "_kind",
        "_packet_bytes",
        "_pauses",
        "_pending",
        "_play",
        "n_units",
        "sample_rate",
    )

    def __init__(self, fmt: AudioFormat, sample_rate: int) -> None:
        """LookupError for a codec that is only passed through."""
        encoder = find_encoder(fmt, sample_rate)
        if encoder is None:
            raise LookupError(f"{fmt.encoding} is passed through, never spoken")
        each_ms = packet_ms(fmt)
        self._encoder: Encoder = encoder
        self._pauses = None if fmt.comfort_noise_type is None else Pauses(each_ms)
        self._pending = b""
        self._kind = shared_kind(fmt, sample_rate)
        self._play: CodedPlay | None = None  # what was spoken last, None = something of this party alone
        self._packet_bytes = sample_rate * each_ms // 1000 * _SAMPLE_BYTES
        self.n_units = fmt.clock_rate * each_ms // 1000
        self.sample_rate = sample_rate

    def interrupted(self) -> None:
        """Something else was sent to the party since we last spoke."""
        if self._pauses is not None:
            self._pauses.restart()

    def speak(self, pcm: bytes, play: CodedPlay | None = None) -> list[bytes]:
        """Return the payloads that are full now, none or several; `play` = whose audio it is."""
        size = self._packet_bytes
        if play is not self._play:
            self._turn_to(None if play is not None and play.is_left else play)
        if not self._pending and len(pcm) == size:  # the usual case: 20 ms in, 20 ms out
            return [self._payload(pcm)]
        pending = self._pending + pcm
        end = len(pending) - len(pending) % size
        self._pending = pending[end:]
        return [self._payload(pending[at : at + size]) for at in range(0, end, size)]

    def _payload(self, pcm: bytes) -> bytes:
        noise = None if self._pauses is None else self._pauses.judge(pcm)
        if noise is not None:
            return Hush(noise)
        if self._play is None or self._kind is None:
            return self._encoder.encode(pcm)
        return self._play.encode(pcm, self._kind)

    def _turn_to(self, play: CodedPlay | None) -> None:
        """Our own coder has not heard what was played; it begins where that has ended."""
        if play is None and self._play is not None and self._kind is not None:
            self._encoder = self._play.leave(self._kind)
        self._play = play
