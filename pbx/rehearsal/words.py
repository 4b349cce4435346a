"""How steps, consents and facts read in a story: plain words for who writes plans, and no secret."""

from collections.abc import Iterator

from pbx.consent.effects import ConsentProof
from pbx.core.audit import AuditFact
from pbx.ivr import steps
from pbx.ivr.variables import Match, SetTo
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


def step_words(step: steps.Step) -> str:  # noqa: C901, PLR0911 - one row per kind of step
    """What a step of a flow does."""
    match step:
        case steps.Say():
            return "says a sentence"
        case steps.SpeakIn(language=language):
            return f"speaks {language} from here on"
        case steps.Menu(keys=keys):
            return f"asks for one of the keys {' '.join(sorted(keys))}"
        case steps.Collect(variable=variable):
            return f"asks for digits into {variable}"
        case steps.RecordingConsent(purposes=purposes):
            return f"consent to recording for {', '.join(purposes)}, as the rules of the parties' regions say"
        case steps.Verify(methods=methods):
            return f"verifies the caller by {' and '.join(methods)}"
        case steps.StepUp(ways=ways, purpose=purpose):
            return f"asks for a proof by {' or '.join(ways)}, to {purpose}"
        case steps.Ring(target=target, ring_s=ring_s):
            return f"rings {target} for {ring_s:g} s"
        case steps.Voicemail(box=box):
            return f"takes a message for {box}"
        case steps.MediaStream():
            return "hands the caller to a voice bot"
        case steps.Conference(conference=conference):
            return f"lets the caller into conference {conference}"
        case steps.Echo():
            return "sends the caller his own voice"
        case steps.Milliwatt(duration_s=duration_s):
            return f"sends the tone of a milliwatt for {duration_s:g} s"
        case steps.HangUp(cause=cause):
            return f"ends the call as {cause}" if cause else "ends the call"
        case steps.Silence(on=on):
            return "pauses the recording" if on else "goes on with the recording"
        case steps.Segment(on=on):
            return "begins to record" if on else "ends the recording"
        case steps.GoTo(step=name):
            return f"goes on with {name}"
        case steps.When(condition=condition, then=then, otherwise=otherwise):
            return f"goes to {then} when {condition}, else to {otherwise}"
        case Match(of=of, otherwise=otherwise):
            return f"goes by {of}, else to {otherwise}"
        case SetTo(values=values):
            return f"sets {', '.join(f'{name} to {text}' for name, text in values.items())}"


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
