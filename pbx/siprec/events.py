"""What a recording session hears: of SIP and of the media worker, and what the call looks like."""

from dataclasses import dataclass

from pbx.core.ids import CallId, LegId
from pbx.media.events import LegClosed, LegFailed, LegOpened
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.recording import MetadataRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A party of the call: `codec` by its name in SDP; `is_kept` = what it says may be kept.

    `sends` False = it is on hold. `call` = the one whose port its leg has, None = the one that is forked.
    """

    leg: LegId
    aor: str
    codec: str
    call: CallId | None = None
    name: str = ""
    is_kept: bool = True
    sends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Who talks in a call that is recorded, and whether the recording pauses."""

    parties: tuple[Recorded, ...]
    is_paused: bool = False


SiprecEvent = (
    LegOpened
    | LegFailed
    | LegClosed
    | LegAnswered
    | LegRejected
    | LegConfirmed
    | LegEnded
    | ReinviteAnswered
    | ReinviteRefused
    | ReinviteDue
    | ReinviteOffered
    | MetadataRequested
)
