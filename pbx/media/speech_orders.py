"""Orders to put into words what a party answers, and what comes back: `pbx.media.io.transcripts`."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribe:
    """Have the next utterance of a leg's party put into words that a grammar allows; Transcribed follows.

    It hears the party also while nobody else may (`SetSecure`).
    """

    leg: LegId
    token: Token
    grammar: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTranscribing:
    """Nobody waits for the words any more; no Transcribed follows."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribed:
    """What the party said: words, and how sure the recogniser is of them, 0 to 1.

    silence = the party said nothing; failed = there is no recogniser, or it did not answer.
    """

    leg: LegId
    token: Token
    outcome: Literal["heard", "silence", "failed"]
    words: Secret[str] = Secret("")
    confidence: float = 0.0


SpeechOrder = Transcribe | StopTranscribing
