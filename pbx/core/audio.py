"""What two ends agreed to send each other as audio; shared by SDP and the media plane."""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["PCMU", "PCMA", "G722", "opus", "L16", "G729", "iLBC", "AMR", "AMR-WB"]
DigitKind = Literal["rfc4733", "info", "inband"]
DigitChoice = Literal["auto", "rfc4733", "info", "inband"]
Treatment = Literal["denoise", "agc"]
"""What others hear of a party: without its noise, at an even level."""
MAX_CHANNELS = 16
"""Of a recording: what its party says, what it is sent, and 14 further parties. Each costs a write per packet
in every recording of a room; who comes when all are taken is heard only in what the party is sent."""
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
ToneName = Literal["cng", "ced", "beep", "busy", "congestion", "sit"]
"""What a machine says: a fax that calls or that is called, an answering machine, an exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadFormat:
    """What one payload type means: an encoding with the clock of its RTP time, in Hz.

    G.722 counts 8000 although it samples at 16000 (RFC 3551 §4.5.2), Opus always 48000 (RFC 7587 §4.1).
    """

    payload_type: int
    encoding: Encoding
    clock_rate: int = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpusWish:
    """How a party likes to be sent Opus; without a word of its own, as here (RFC 7587 §6.1).

    `max_rate` = the highest sampling rate in Hz that it can play, `max_bit_rate` in bit/s.
    """

    max_rate: int = 48_000
    max_bit_rate: int = 510_000
    constant: bool = False
    fec: bool = False
    dtx: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """One direction-neutral agreement: how we send, and what else the party may send us.

    `payload_type`, `dtmf_payload_type` and `comfort_noise_type` are the party's numbers, which we send with;
    `receives` and `dtmf_receive_types` are ours, which it sends with, when they differ (RFC 3264 §5.1).
    None = not agreed. `ptime_ms` is the packet time the party asks for.
    """

    encoding: Encoding
    payload_type: int
    clock_rate: int = 8000
    receives: tuple[PayloadFormat, ...] = ()
    dtmf_payload_type: int | None = None
    dtmf_clock_rate: int = 8000
    dtmf_receive_types: tuple[int, ...] = ()
    comfort_noise_type: int | None = None
    ptime_ms: int = 20
    opus: OpusWish = OpusWish()
