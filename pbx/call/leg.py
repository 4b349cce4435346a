"""One party's side of a call: its SIP dialog, its port, what was agreed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pbx.call.help_sought import HelpSought
from pbx.call.record import LegRecord
from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg
from pbx.media.events import StreamQuality
from pbx.sip.image_line import NegotiatedImage
from pbx.sip.negotiation import NegotiatedAudio, Negotiation

TRANSFERRED = "transferred"  # cause of a leg that left its call


class LegState(StrEnum):
    """Where a leg is; `ended` = the SIP dialog is over, the port may still drain."""

    OPENING = "opening"
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class Leg:
    """Plain state; the call changes it."""

    id: LegId
    role: str
    party: str
    number: str
    offered_at: datetime
    state: LegState = LegState.OPENING
    negotiation: Negotiation | None = None
    audio: NegotiatedAudio | None = None
    image: NegotiatedImage | None = None  # a fax in the place of audio
    port_open: bool = False
    is_port_closing: bool = False
    shows: str = ""  # the number that this party's telephone shows as the other's
    worker: int = 0  # the media worker of its port
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str = ""
    is_lost: bool = False  # its media worker died, another port is being opened
    tell_due: float | None = None  # when its party is told by re-INVITE where we are now
    is_told: bool = True  # False = that was said and not answered yet
    hop: str = ""  # the address that its signalling comes from or goes to, "" = not known
    beside: CallId | None = None  # the call whose media worker has to have the port
    hears_music: bool = False  # the other party holds it
    has_company: bool = False  # a party of another call talks with it too
    company: tuple[str, ...] = ()  # the others of three who talk; of a conference it is not known
    is_kept_in_room: bool = False  # the recording of the conference where it sits has what it says
    is_room_paused: bool = False  # that recording, by whoever sits there
    heard: StreamQuality | None = None
    sent: StreamQuality | None = None
    rated_at: datetime | None = None  # when these two were told while the call went on
    is_record_aware: bool = False  # its telephone is told in SDP what is recorded of it
    is_doubted: bool = False  # the signature under its number is wrong
    help: HelpSought | None = None  # an emergency number was called on it
    is_outreach: bool = False  # it was called for marketing
    is_paged: bool = False  # its telephone hears the caller and is not heard
    is_to_accept: bool = False  # who answers it is asked whether he takes the call
    is_renamed: bool = False  # its carrier has told that somebody else speaks now

    @property
    def is_help(self) -> bool:
        """Whether an emergency number was called on it."""
        return self.help is not None

    @property
    def is_over(self) -> bool:
        """The dialog has ended and the port is released."""
        return self.state is LegState.ENDED and not self.port_open

    def signalled_from(self, host: str) -> None:
        """The party's signalling comes from there, or goes there; "" = that is not known."""
        if self.negotiation is not None:
            self.negotiation.profile = self.negotiation.profile.heard_at(host)

    def close_port(self) -> list[CloseLeg]:
        """The order that gives an open port back, once; LegClosed follows."""
        if not self.port_open or self.is_port_closing:
            return []
        self.is_port_closing = True
        return [CloseLeg(leg=self.id)]

    def move_beside(self, call: CallId) -> list[CloseLeg]:
        """The order that gives the port back, to open one where that call's are; LegClosed comes first."""
        self.beside = call
        return [replace(order, moves=True) for order in self.close_port()]

    @property
    def is_moving(self) -> bool:
        """Whether the port that is being closed is not to be the last."""
        return self.beside is not None and self.is_port_closing and self.state is not LegState.ENDED

    def rated(self, heard: StreamQuality | None, sent: StreamQuality | None) -> None:
        """Keep the last that is known of each direction."""
        self.heard, self.sent = heard or self.heard, sent or self.sent

    def left(self, at: datetime) -> "Leg":
        """What stays of this leg in a call that gave it to another."""
        cause = self.cause or TRANSFERRED
        return replace(self, state=LegState.ENDED, port_open=False, ended_at=self.ended_at or at, cause=cause)

    def record(self) -> LegRecord:
        """This leg's part of the call record."""
        return LegRecord(
            leg=self.id,
            role=self.role,
            party=self.party,
            number=self.number,
            offered_at=self.offered_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            cause=self.cause,
            heard=self.heard,
            sent=self.sent,
        )
