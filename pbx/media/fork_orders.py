"""Orders to fork what a party says to a recorder that is not ours (RFC 7866 §8)."""

from dataclasses import dataclass

from pbx.core.address import Address
from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId
from pbx.core.srtp import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkLeg:
    """Send what the party of `of` says to a recorder, from the port of `leg`, which has no party of its own.

    As it came, as far as gate and secure entry of `of` permit. Again = elsewhere, or of another party. The
    recorder may choose between the two laws of G.711; any other codec has to be that of the party. Streams
    of one `session` have one CNAME, None = of the call that `leg` was opened for.
    """

    leg: LegId
    of: LegId
    host: str
    port: int
    format: AudioFormat
    rtcp: Address | None = None
    security: Security | None = None
    session: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnforkLeg:
    """Send the recorder nothing any more from the port of `leg`, which stays open."""

    leg: LegId


ForkOrder = ForkLeg | UnforkLeg
