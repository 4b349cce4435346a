"""What every codec offers: a decoder, an encoder, and the duration of a payload."""

from typing import Literal, Protocol

from pbx.core.audio import Encoding

NARROW: Literal[8000] = 8000
WIDE: Literal[16000] = 16000
# These are the rates at which PCM is exchanged between ear and mouth


class Rest(bytes):
    """What an encoder has to say in a pause of the talker; empty = nothing, time only goes on."""


class Decoder(Protocol):
    """Payloads of one stream in order to PCM16 little-endian at the rate it was made for."""

    def decode(self, payload: bytes) -> bytes:
        """Return the samples; ParseError(0) when the payload is no payload of this codec."""
        ...

    def conceal(self, n_samples: int, following: bytes | None) -> bytes | None:
        """Return `n_samples` in place of a lost payload; `following` = the next one, which may help.

        None = the codec has no way of its own.
        """
        ...


class Encoder(Protocol):
    """PCM16 little-endian of one packet to a payload, or to `Rest`."""

    def encode(self, pcm: bytes) -> bytes: ...


class Codec(Protocol):
    """One encoding with its RTP clock."""

    @property
    def encoding(self) -> Encoding: ...

    @property
    def audio_rate(self) -> int:
        """8000 or 16000: what the codec carries, whatever its RTP clock counts."""
        ...

    def duration(self, payload: bytes) -> int:
        """Return RTP clock units of a payload; 0 when it cannot be told."""
        ...

    def decoder(self, sample_rate: int) -> Decoder: ...

    def encoder(self, sample_rate: int) -> Encoder: ...
