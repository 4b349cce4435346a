"""Hand-offs: steps that others carry out, what each asks for, and the events by which they come back."""

from collections.abc import Callable
from typing import Any, Literal

from pbx.ivr import onward, paging, people, steps, switching, waiting
from pbx.ivr.effects import FlowEffect, JoinConference, RequestConsent, RequestVerification, RingTarget
from pbx.ivr.events import (
    BotLeft,
    ConferenceEnded,
    ConsentEnded,
    FlowEvent,
    PageEnded,
    ParkEnded,
    PersonChosen,
    QueueEnded,
    RingEnded,
    SwitchEnded,
    VerificationEnded,
    VoicemailEnded,
)
from pbx.ivr.onward import Transfer
from pbx.ivr.paging import Page
from pbx.ivr.people import Directory
from pbx.ivr.switching import SwitchSchedule
from pbx.ivr.waiting import Park

Awaited = Literal[
    "queue",
    "consent",
    "verifying",
    "ringing",
    "voicemail",
    "bot",
    "conference",
    "directory",
    "parked",
    "paging",
    "switching",
]  # by the flow, meanwhile


def _consent(step: steps.RecordingConsent) -> FlowEffect:
    return RequestConsent(purposes=step.purposes, parts_refused=step.refused is not None)


def _verification(step: steps.Verify) -> FlowEffect:
    return RequestVerification(
        methods=step.methods,
        attempts=step.attempts,
        parts_companies=step.company is not None,
        by_voice=step.by_voice,
    )


def _ring(step: steps.Ring) -> FlowEffect:
    return RingTarget(target=step.target, ring_s=step.ring_s, others=step.others, timings=step.timings)


def _conference(step: steps.Conference) -> FlowEffect:
    return JoinConference(conference=step.conference, parts_refused=step.refused is not None)


HAND_OFFS: dict[type[steps.Step], tuple[Awaited, Callable[[Any], FlowEffect]]] = {
    steps.RecordingConsent: ("consent", _consent),
    steps.Verify: ("verifying", _verification),
    steps.Ring: ("ringing", _ring),
    steps.Conference: ("conference", _conference),
    Transfer: ("ringing", onward.order),
    Directory: ("directory", people.order),
    Park: ("parked", waiting.order),
    Page: ("paging", paging.order),
    SwitchSchedule: ("switching", switching.order),
}


# The event that ends each of them: its `outcome` (without one: `next`) is the field of the step that tells
# what follows.
ANSWERS: dict[type[FlowEvent], Awaited] = {
    QueueEnded: "queue",
    ConsentEnded: "consent",
    VerificationEnded: "verifying",
    SwitchEnded: "switching",
    RingEnded: "ringing",
    VoicemailEnded: "voicemail",
    BotLeft: "bot",
    ConferenceEnded: "conference",
    PersonChosen: "directory",
    ParkEnded: "parked",
    PageEnded: "paging",
}
_FIELDS = {"unverified": "otherwise"}  # of outcomes that are named otherwise in steps


def following(step: steps.Step, event: FlowEvent) -> str | None:
    """Return the step that follows when `event` ends `step`."""
    outcome: str = getattr(event, "outcome", "next")
    name: str | None = getattr(step, _FIELDS.get(outcome, outcome))
    return name


def took_time(event: FlowEvent) -> bool:
    """Whether the caller has heard or waited: a target may be busy at once, but nobody rings for no time."""
    if isinstance(event, QueueEnded):
        return event.outcome not in ("full", "no_agents")
    if isinstance(event, RingEnded | ParkEnded | PageEnded):
        return event.outcome in ("no_answer", "back", "next")
    return isinstance(event, VoicemailEnded | PersonChosen)
