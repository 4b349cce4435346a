"""Ear: the packets of one party in, 20 ms frames of PCM out on a steady clock."""

from pbx.core.errors import ParseError
from pbx.media.codecs.codec import Decoder
from pbx.media.codecs.table import find_codec
from pbx.media.comfort_noise import ComfortNoise
from pbx.media.concealment import Concealer
from pbx.media.jitter_buffer import JitterBuffer, Lost, Packet
from pbx.media.payloads import Coding, Payloads

FRAME_S = 0.02
MAX_TAKES = 16  # per frame: two packets of 10 ms, and what a hostile party makes empty
QUIET_PEAK = 328  # -40 dBFS
_NOISE_UNITS = 160  # a comfort noise packet says nothing of its duration; it counts as 20 ms


class Ear:
    """Jitter buffer, decoder and concealment of one party at 8 or 16 kHz.

    The audio codecs of a session share one RTP clock here; a packet with another clock is not heard until
    the session is connected anew.
    """

    __slots__ = (
        "_buffer",
        "_clock_rate",
        "_concealer",
        "_decoder",
        "_decodes",
        "_frame_bytes",
        "_is_noise",
        "_is_quiet",
        "_noise",
        "_payloads",
        "_ready",
        "refused",
        "sample_rate",
    )

    def __init__(self, payloads: Payloads, clock_rate: int, sample_rate: int, seed: int) -> None:
        self._payloads, self._clock_rate, self.sample_rate = payloads, clock_rate, sample_rate
        self._buffer = JitterBuffer(clock_rate)
        self._concealer = Concealer(sample_rate)
        self._noise = ComfortNoise(seed)
        self._is_noise = self._is_quiet = False
        self._decoder: Decoder | None = None
        self._decodes: Coding | None = None
        self._ready = b""
        self._frame_bytes = int(sample_rate * FRAME_S) * 2
        self.refused = 0  # payloads that were no payloads of their codec

    @property
    def buffer(self) -> JitterBuffer:
        """For its counters."""
        return self._buffer

    @property
    def waiting_s(self) -> float:
        """How much audio has come and was not pulled yet."""
        return self._buffer.span_s + len(self._ready) / 2 / self.sample_rate

    def put(self, header: tuple[int, int, int, int], payload: bytes, now: float) -> None:
        """Take a packet; `header` is its payload type, sequence number, RTP time and SSRC."""
        payload_type, seq, rtp_time, ssrc = header
        n_units = _NOISE_UNITS
        if payload_type != self._payloads.noise:
            encoding, clock_rate = self._payloads.audio[payload_type]
            codec = find_codec(encoding, clock_rate)
            n_units = 0 if codec is None or clock_rate != self._clock_rate else codec.duration(payload)
        if n_units == 0:
            self.refused += 1
            return
        self._buffer.put(Packet(payload, payload_type, rtp_time, n_units), ssrc, seq, now)

    def pull(self, now: float) -> bytes:
        """Return the next 20 ms; called once in 20 ms."""
        ready, size = self._ready, self._frame_bytes
        takes = 0
        while len(ready) < size and takes < MAX_TAKES:
            ready += self._next(now, size - len(ready))
            takes += 1
        ready = ready.ljust(size, b"\0")
        self._ready = ready[size:]
        return ready[:size]

    def _next(self, now: float, n_bytes: int) -> bytes:
        slot = self._buffer.take(now, quiet=self._is_quiet)
        if isinstance(slot, Packet):
            return self._decode(slot)
        if isinstance(slot, Lost):
            return self._conceal(self._samples(slot.n_units), slot.following)
        return self._fill(n_bytes // 2)

    def _decode(self, packet: Packet) -> bytes:
        if packet.payload_type == self._payloads.noise:
            self._noise.level(packet.payload)
            self._is_noise = True
            return self._noise.frame(self._samples(packet.n_units))
        try:
            pcm = self._decoder_of(self._payloads.audio[packet.payload_type]).decode(packet.payload)
        except ParseError:
            self.refused += 1
            return self._conceal(self._samples(packet.n_units), None)
        self._is_noise = False
        self._is_quiet = is_quiet(pcm)
        return self._concealer.good(pcm)

    def _conceal(self, n_samples: int, following: bytes | None) -> bytes:
        own = None if self._decoder is None else self._decoder.conceal(n_samples, following)
        return self._concealer.lost(n_samples) if own is None else self._concealer.good(own)

    def _fill(self, n_samples: int) -> bytes:
        return self._noise.frame(n_samples) if self._is_noise else self._conceal(n_samples, None)

    def _decoder_of(self, coding: Coding) -> Decoder:
        if self._decoder is None or coding != self._decodes:
            codec = find_codec(*coding)
            assert codec is not None, "put() has looked"
            self._decoder, self._decodes = codec.decoder(self.sample_rate), coding
        return self._decoder

    def _samples(self, n_units: int) -> int:
        return n_units * self.sample_rate // self._clock_rate


def is_quiet(pcm: bytes) -> bool:
    """True for samples of which one in eleven shows nothing above -40 dBFS."""
    return max(map(abs, memoryview(pcm).cast("h")[::11])) < QUIET_PEAK
