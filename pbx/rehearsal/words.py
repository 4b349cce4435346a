"""How consents and facts read in a story: plain words for who writes plans, and no secret."""

from collections.abc import Iterator

from pbx.consent.effects import ConsentProof
from pbx.core.audit import AuditFact
from pbx.rehearsal.scenario import Scenario
from pbx.sip.events import DeviceOrigin
from pbx.sip.stir.condition import word_of

_STATUSES = {408: "no response", 480: "not there", 486: "busy", 603: "declined"}
# Facts whose matter a line of its own tells already, or that say nothing to who writes plans.
_TOLD = (
    "consent.granted",
    "consent.informed",
    "consent.declined",
    "consent.unknown",
    "grant.",
    "recording.started",
    "recording.stopped",
    "verification.attempt",
)
_UNTOLD_DETAILS = ("consent", "recording", "policy_version", "policy_sha256", "stream")


def opening(scenario: Scenario) -> str:
    """Who calls whom, by which way and when."""
    origin = scenario.origin
    at = f"{scenario.at:%Y-%m-%d %H:%M} UTC"
    if isinstance(origin, DeviceOrigin):
        return f"extension {origin.extension} calls {scenario.called}, {at}"
    shown = scenario.number or "somebody without a number"
    verdict = f", verdict {word_of(scenario.verdict)}" if scenario.verdict is not None else ""
    return f"{shown} calls {scenario.called} by trunk {origin.trunk}{verdict}, {at}"


def at_stage(status: int) -> str:
    """A status, and what it means to people."""
    return f"{status} {_STATUSES[status]}" if status in _STATUSES else str(status)


def consent_lines(proof: ConsentProof) -> Iterator[str]:
    """Why a party was told or asked, rule by rule, and what it answered."""
    decision = proof.decision
    for one in decision.trace:
        why = f", {one.why}" if one.why else ""
        yield f"rule of recording {one.rule}: {one.mode} ({one.role} in {one.region} by {one.source}{why})"
    yield f"consent of the {proof.party}: {decision.mode}, {proof.state}"


def fact_line(fact: AuditFact) -> str:
    """A fact of record as a line, "" = it tells nothing new."""
    if fact.kind.startswith(_TOLD):
        return ""
    return f"noted: {fact_words(fact)}"


def fact_words(fact: AuditFact) -> str:
    """A fact and its details; those that name records are left out."""
    details = ", ".join(
        f"{name} {value}"
        for name, value in fact.details.items()
        if value not in ("", None) and name not in _UNTOLD_DETAILS
    )
    return f"{fact.kind}{f' ({details})' if details else ''}"
