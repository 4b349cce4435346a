"""NegotiatedAudio: what an exchange of descriptions has agreed to."""

from dataclasses import dataclass

from pbx.core.address import Address
from pbx.core.audio import AudioFormat, DigitChoice, Direction, Treatment
from pbx.core.origins import Origins
from pbx.core.srtp import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiatedAudio:
    """Where to send audio and how; `direction` is seen from us, `host` is an IP literal.

    A peer that holds with c=0.0.0.0 shows here with a direction that does not send. `rtcp` is where reports
    go when the peer named a place for them.
    """

    host: str
    port: int
    format: AudioFormat
    direction: Direction
    digits: DigitChoice = "auto"
    treatment: tuple[Treatment, ...] = ()
    direct: bool = False  # the party's audio need not go through us
    security: Security | None = None
    rtcp: Address | None = None
    origins: Origins | None = None  # where else it may come from, None = anywhere
