"""What the consent dialogue orders, and the proof it leaves."""

from dataclasses import dataclass
from typing import Literal

from pbx.media.dialogue import DialogueEffect

Mode = Literal["none", "notify", "notify_optout", "optin_one", "optin_all", "never"]
Overlay = Literal["fca", "pci", "emergency", "vulnerable"]  # what holds besides a region's own rule
Withdrawal = Literal["stop_keep", "stop_review", "stop_delete"]  # what becomes of what was kept before
ConsentState = Literal["unknown", "informed", "granted", "declined", "withdrawn"]

# By what a party has answered: it has pressed a key; heard the words to their end and stayed on the line;
# acknowledged the standing notice; asked somebody else; or has said so before. "" = it has done nothing.
Act = Literal["", "key", "stayed", "notice", "asked", "remembered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrace:
    """One step to a decision: who may be where, what says so, and what the rule there demands of us.

    `rule` is the row ("GB", "GB+fca") or what has decided in its place; `why` is what has made the row's mode
    another one.
    """

    role: str
    region: str
    source: str
    rule: str
    mode: Mode
    why: str = ""
    mandatory: bool = False
    withdrawal: Withdrawal = "stop_keep"
    confidence: str = ""
    checked_on: str = ""
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDecision:
    """Why this mode: strictest of all candidate regions of all parties.

    `mandatory` stands beside it: the call has to be recorded, so nobody withdraws. `withdrawal` is the
    strictest of all rules, too. A field that came later has a default, with which older consents are read.
    """

    mode: Mode
    regions: tuple[str, ...]
    rules: tuple[str, ...]  # "GB: notify", one per rule looked at
    rules_version: str
    rules_sha256: str
    mandatory: bool = False
    withdrawal: Withdrawal = "stop_keep"
    trace: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """What one party was told and what it answered.

    `missing` is the language in which it should have been told, and nothing could be said: then it was not.
    """

    party: str  # "caller", "agent", or "other": somebody from the network who joined later
    decision: ConsentDecision
    state: ConsentState
    prompt: str
    prompt_sha256: str
    language: str
    played_ms: int
    key: str = ""  # "1" = said yes, "2" = said no, or the one that withdraws; never anything else
    purposes: tuple[str, ...] = ()
    missing: str = ""
    policy_version: str = ""  # of the tenant's privacy policy that was in force; "" = there was none
    policy_sha256: str = ""
    act: Act = ""  # what the party has done; a state that is said of nobody's act has none


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSettled:
    """The last effect of the dialogue. `record` = the gate may open now."""

    record: bool
    proof: ConsentProof


ConsentEffect = DialogueEffect | ConsentSettled
