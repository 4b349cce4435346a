"""Leaving a message: greeting, beep, recording until #, silence, a tone of the exchange or the limit."""

from dataclasses import dataclass
from enum import StrEnum

from pbx.core.audio import ToneName
from pbx.core.ids import Token
from pbx.ivr.effects import LeaveVoicemail
from pbx.media.dialogue import (
    DialogueEffect,
    DialogueEvent,
    DigitPressed,
    PlayPrompts,
    PlayTone,
    PromptsEnded,
    Say,
    StopPrompts,
)
from pbx.media.events import TalkStarted, TalkStopped, ToneHeard


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailStarted:
    """The flow reached the voicemail step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMessage:
    """Start the encrypted recording of the caller's voice."""

    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMessage:
    """Stop the recording; the message is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLost:
    """The recording cannot be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenedAnew:
    """Whoever listens to the caller has forgotten what it heard."""


Heard = TalkStarted | TalkStopped | ToneHeard
VoicemailEvent = DialogueEvent | Heard | VoicemailStarted | MessageLost | ListenedAnew
VoicemailEffect = DialogueEffect | RecordMessage | EndMessage
_GREETING, _THANKS, _BEEP = Token(1), Token(2), Token(3)
BEEP_MS = 400
NOBODY: frozenset[ToneName] = frozenset({"busy", "congestion", "sit"})  # sent once the caller has hung up
THANKS = "Thank you. Your message has been recorded. Goodbye."


_TONE = PlayTone(tone="record", duration_ms=BEEP_MS)


class _State(StrEnum):
    IDLE = "idle"
    GREETING = "greeting"
    BEEPING = "beeping"
    RECORDING = "recording"
    THANKING = "thanking"
    ENDED = "ended"


class Voicemail:
    """The dialogue of one message; nothing is captured before the tone (compliance §3.3).

    It ends after `max_s`, or once the caller has not talked for `max_silence_s`.
    """

    __slots__ = (
        "_box",
        "_due",
        "_greeting",
        "_language",
        "_max_s",
        "_max_silence_s",
        "_said",
        "_silent_due",
        "_state",
    )

    def __init__(self, message: LeaveVoicemail, language: str) -> None:
        self._box, self._greeting, self._language = message.box, message.greeting, language
        self._said = message.said
        self._max_s, self._max_silence_s = message.max_s, message.max_silence_s
        self._state = _State.IDLE
        self._due: float | None = None
        self._silent_due: float | None = None  # None = the caller talks

    @property
    def deadline(self) -> float | None:
        if self._due is None or self._silent_due is None:
            return self._due
        return min(self._due, self._silent_due)

    @property
    def is_over(self) -> bool:
        """The message is complete and the caller was thanked."""
        return self._state is _State.ENDED

    def handle(self, event: VoicemailEvent, now: float) -> list[VoicemailEffect]:
        """Greeting -> recording -> thanks; a digit skips the greeting, # ends the message.

        A message that is lost ends without thanks: nobody talks to a recorder that does not run. Nor is
        anybody thanked who has hung up.
        """
        if isinstance(event, VoicemailStarted):
            self._state = _State.GREETING
            greeting = self._said or Say(text=self._greeting, language=self._language)
            return [PlayPrompts(token=_GREETING, prompts=(greeting, _TONE), until_key=True)]
        if isinstance(event, PromptsEnded):
            return self._prompts_ended(event, now)
        if isinstance(event, MessageLost):
            return self._lost()
        if isinstance(event, DigitPressed):
            return self._digit(event)
        return self._heard(event, now)

    def tick(self, now: float) -> list[VoicemailEffect]:
        """The message is as long as allowed, or the caller as silent."""
        if self.deadline is None or now < self.deadline:
            return []
        return self._end_message()

    def _heard(self, event: Heard | ListenedAnew, now: float) -> list[VoicemailEffect]:
        if self._state is not _State.RECORDING:
            return []
        match event:
            case TalkStarted():
                self._silent_due = None
            case TalkStopped():
                self._silent_due = now + self._max_silence_s - event.silent_ms / 1000
            case ListenedAnew():
                self._silent_due = now + self._max_silence_s
            case ToneHeard(tone=tone) if tone in NOBODY:
                return self._lost()
        return []

    def _prompts_ended(self, event: PromptsEnded, now: float) -> list[VoicemailEffect]:
        notice = self._state in (_State.GREETING, _State.BEEPING) and event.token in (_GREETING, _BEEP)
        if notice and event.completed:
            self._state, self._due = _State.RECORDING, now + self._max_s
            self._silent_due = now + self._max_silence_s
            return [RecordMessage(box=self._box)]
        if notice and self._state is _State.GREETING and not event.failed:
            # Skipped: the tone is the notice that remains, so it is never skipped.
            self._state = _State.BEEPING
            return [PlayPrompts(token=_BEEP, prompts=(_TONE,))]
        if notice or event.token == _THANKS:
            self._state = _State.ENDED
        return []

    def _digit(self, event: DigitPressed) -> list[VoicemailEffect]:
        if self._state is _State.GREETING:
            return [StopPrompts()]
        if self._state is _State.RECORDING and event.digit.reveal() == "#":
            return self._end_message()
        return []

    def _lost(self) -> list[VoicemailEffect]:
        if self._state is not _State.RECORDING:
            return []
        self._state, self._due = _State.ENDED, None
        return [EndMessage()]

    def _end_message(self) -> list[VoicemailEffect]:
        self._state, self._due = _State.THANKING, None
        say = Say(text=THANKS, language=self._language)
        return [EndMessage(), PlayPrompts(token=_THANKS, prompts=(say,))]
