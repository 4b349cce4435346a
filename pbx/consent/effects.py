"""What the consent dialogue orders, and the proof it leaves."""

from dataclasses import dataclass
from typing import Literal

from pbx.media.dialogue import DialogueEffect

Mode = Literal["none", "notify", "notify_optout", "optin_one", "optin_all", "never"]
ConsentState = Literal["unknown", "informed", "granted", "declined", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDecision:
    """Why this mode: strictest of all candidate regions of all parties."""

    mode: Mode
    regions: tuple[str, ...]
    rules: tuple[str, ...]  # "GB: notify", one per rule looked at
    rules_version: str
    rules_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """What one party was told and what it answered."""

    party: str  # "caller", "agent", or "other": somebody from the network who joined later
    decision: ConsentDecision
    state: ConsentState
    prompt: str
    prompt_sha256: str
    language: str
    played_ms: int
    key: str = ""  # "1" = said yes, "2" = said no, or the one that withdraws; never anything else
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSettled:
    """The last effect of the dialogue. `record` = the gate may open now."""

    record: bool
    proof: ConsentProof


ConsentEffect = DialogueEffect | ConsentSettled
