"""The words in which a feature talks with the party of one leg: prompts out, digits in.

Flows, verification, consent and voicemail are dialogue machines; the call decides on which leg they run.
"""

from dataclasses import dataclass

from pbx.core.ids import Token
from pbx.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A sentence: a recorded prompt with exactly this text, else all `pieces`, else the speech engine.

    `otherwise` = the same in a language that is less wanted, for who has none of these. `name` is for
    reports, in place of a text that has values of the caller in it.
    """

    text: str
    language: str = "en-GB"
    pieces: tuple[str, ...] = ()
    otherwise: "Say | None" = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayTone:
    tone: str
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    duration_ms: int


Prompt = Say | PlayTone | Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPrompts:
    """PromptsEnded(token) always follows; with `until_key` as soon as the party begins to press a key.

    Which key it was follows when the party has let it go, as DigitPressed.
    """

    token: Token
    prompts: tuple[Prompt, ...]
    until_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPrompts:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureEntry:
    """Switch the leg's taps to silence (`on`) and back."""

    on: bool


DialogueEffect = PlayPrompts | StopPrompts | SecureEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsEnded:
    """`failed` = a prompt could not be found or spoken, nothing was played."""

    token: Token
    completed: bool
    played_ms: int
    sha256: str = ""  # of the prompts' audio, for proofs
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    digit: Secret[str]


DialogueEvent = PromptsEnded | DigitPressed
