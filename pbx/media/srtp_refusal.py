"""Why a packet is not taken by SRTP."""

from enum import StrEnum

from pbx.core.errors import ParseError


class Reason(StrEnum):
    """What was wrong; each is counted by itself."""

    BAD_TAG = "bad tag"  # forged, damaged, or protected with another key
    REPLAYED = "replayed"  # seen before, or too old to know
    MALFORMED = "malformed"  # no packet of RTP or RTCP, or longer than any
    TOO_MANY = "too many sources"


class Refused(ParseError):
    """A packet that SRTP does not take: it is dropped in silence and ends no call."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"SRTP: {reason}", 0)
        self.reason = reason
