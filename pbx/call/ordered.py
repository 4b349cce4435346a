"""What the features of a call hear and order, beyond what is performed outside of the call."""

from collections.abc import Sequence
from dataclasses import dataclass

from pbx.call.effects import CallEffect
from pbx.call.events import CallerChecked, ProgramAnswered, PromptsMissing, PromptsReady
from pbx.call.leg import Leg
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentEffect, ConsentSettled
from pbx.ivr.effects import (
    EchoTest,
    EndCall,
    FlowEffect,
    JoinConference,
    JoinQueue,
    LeaveVoicemail,
    PageGroup,
    ParkCaller,
    RequestConsent,
    RequestDirectory,
    RequestStepUp,
    RequestVerification,
    RingTarget,
)
from pbx.ivr.events import (
    ConferenceEnded,
    ConsentEnded,
    PageEnded,
    ParkEnded,
    PersonChosen,
    QueueEnded,
    SwitchEnded,
    VerificationEnded,
    VoicemailEnded,
)
from pbx.media.dialogue import PlayPrompts, StopPrompts
from pbx.media.effects import OpenStream
from pbx.media.events import (
    DigitReceived,
    PlayEnded,
    RoomRefused,
    StreamEnded,
    TalkStarted,
    TalkStopped,
    ToneHeard,
    Transcribed,
)
from pbx.recording.notice import GiveUpJournal, NoticeEffect, NoticeEnded, UnrecordedNotice
from pbx.services.conference import AttendanceEnded, Attendee, AttendeeEffect, EnterRoom, TakePlace
from pbx.services.directory import Directory, DirectoryEffect, DirectoryEnded
from pbx.services.queue_wait import WaitEffect, WaitEnded, Waiting
from pbx.services.voicemail import EndMessage, RecordMessage, Voicemail, VoicemailEffect
from pbx.sip.events import InfoDigit
from pbx.verify.call_back import CallBackNotice, Confirmation
from pbx.verify.effects import (
    CallBackEffect,
    CheckIdentity,
    SpokenEffect,
    VerificationSettled,
    VerifyEffect,
)
from pbx.verify.verification import Verification

HeardOnLine = TalkStarted | TalkStopped | ToneHeard
FeatureEvent = (
    DigitReceived
    | InfoDigit
    | PlayEnded
    | PromptsReady
    | PromptsMissing
    | CallerChecked
    | ProgramAnswered
    | StreamEnded
    | RoomRefused
    | HeardOnLine
    | Transcribed
    | SwitchEnded
)
TalkOrder = PlayPrompts | StopPrompts
VerifyAnswer = CheckIdentity | VerificationSettled | SpokenEffect | CallBackEffect
VerifyOrder = RequestVerification | RequestStepUp | VerifyAnswer
MessageOrder = LeaveVoicemail | RecordMessage | EndMessage
SeatOrder = JoinConference | EnterRoom | TakePlace | AttendanceEnded
QueueOrder = JoinQueue | WaitEnded
NoticeOrder = GiveUpJournal | NoticeEnded
SearchOrder = RequestDirectory | DirectoryEnded
ConsentOrder = RequestConsent | ConsentSettled
GuestOrder = ConsentOrder | NoticeOrder | VerifyOrder | MessageOrder | SeatOrder | QueueOrder | SearchOrder
_Met = VoicemailEnded | ConferenceEnded | QueueEnded | PersonChosen | SwitchEnded
GuestEnded = ConsentEnded | VerificationEnded | _Met
Held = ConsentEnded | RingTarget | OpenStream  # what a notice holds back
Verifier = Verification | CallBackNotice | Confirmation
Guest = ConsentDialogue | Verifier | Voicemail | UnrecordedNotice | Attendee | Directory | Waiting
FeatureEffect = (
    FlowEffect
    | ConsentEffect
    | VerifyEffect
    | VoicemailEffect
    | NoticeEffect
    | AttendeeEffect
    | DirectoryEffect
    | WaitEffect
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterFlow:
    """Whoever waits talks with an IVR flow from now on."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterSlot:
    """Whoever waits stands in a slot of the car park from now on; `is_chosen` = `by` does not know which."""

    slot: str
    by: Leg
    is_chosen: bool


HandOff = (
    RingTarget | EchoTest | EndCall | EnterFlow | EnterSlot | ParkCaller | ParkEnded | PageGroup | PageEnded
)
Ordered = CallEffect | HandOff


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, what a guest orders further, and what comes next once he was heard out."""

    done: Sequence[Ordered] = ()
    orders: Sequence[FeatureEffect] = ()
    then: Held | GuestEnded | None = None
