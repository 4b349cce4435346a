"""G.711 (RFC 3551 §4.5.14) as a codec; the tables are in `pbx.media.g711`."""

from typing import Literal

from pbx.core.errors import ParseError
from pbx.media import g711
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.linear import rate_change

Law = Literal["PCMU", "PCMA"]


class PcmCodec:
    audio_rate = NARROW

    def __init__(self, law: Law) -> None:
        self.encoding: Law = law

    def duration(self, payload: bytes) -> int:
        return len(payload)

    def decoder(self, sample_rate: int) -> "PcmDecoder":
        return PcmDecoder(self.encoding, sample_rate)

    def encoder(self, sample_rate: int) -> "PcmEncoder":
        return PcmEncoder(self.encoding, sample_rate)


class PcmDecoder:
    __slots__ = ("_change", "_law")

    def __init__(self, law: Law, sample_rate: int) -> None:
        self._law: Law = law
        self._change = rate_change(NARROW, sample_rate)

    def decode(self, payload: bytes) -> bytes:
        if not payload:
            raise ParseError("empty G.711 payload", 0)
        pcm = g711.decode(payload, self._law)
        return pcm if self._change is None else self._change.feed(pcm)

    def conceal(self, n_samples: int, following: bytes | None) -> bytes | None:
        return None


class PcmEncoder:
    __slots__ = ("_change", "_law")

    def __init__(self, law: Law, sample_rate: int) -> None:
        self._law: Law = law
        self._change = rate_change(sample_rate, NARROW)

    def encode(self, pcm: bytes) -> bytes:
        return g711.encode(pcm if self._change is None else self._change.feed(pcm), self._law)
