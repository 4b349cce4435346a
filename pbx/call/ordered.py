"""What the features of a call hear and order, beyond what is performed outside of the call."""

from dataclasses import dataclass

from pbx.call.effects import CallEffect
from pbx.call.events import CallerChecked, PromptsMissing, PromptsReady
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentEffect
from pbx.ivr.effects import EchoTest, EndCall, FlowEffect, RingTarget
from pbx.ivr.events import ConsentEnded
from pbx.media.effects import OpenStream
from pbx.media.events import DigitReceived, PlayEnded, RoomRefused, StreamEnded
from pbx.recording.notice import NoticeEffect, UnrecordedNotice
from pbx.services.conference import Attendee, AttendeeEffect
from pbx.services.voicemail import Voicemail, VoicemailEffect
from pbx.sip.events import InfoDigit
from pbx.verify.effects import VerifyEffect
from pbx.verify.verification import Verification

FeatureEvent = (
    DigitReceived
    | InfoDigit
    | PlayEnded
    | PromptsReady
    | PromptsMissing
    | CallerChecked
    | StreamEnded
    | RoomRefused
)
Held = ConsentEnded | RingTarget | OpenStream  # what a notice holds back
Guest = ConsentDialogue | Verification | Voicemail | UnrecordedNotice | Attendee
FeatureEffect = FlowEffect | ConsentEffect | VerifyEffect | VoicemailEffect | NoticeEffect | AttendeeEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterFlow:
    """Whoever waits talks with an IVR flow from now on."""

    flow: str


HandOff = RingTarget | EchoTest | EndCall | EnterFlow
Ordered = CallEffect | HandOff
