"""Hand-offs: steps that others carry out, and that nothing but the step itself describes."""

from collections.abc import Callable
from typing import Any, Literal

from pbx.ivr import steps
from pbx.ivr.effects import FlowEffect, JoinConference, RequestConsent, RequestVerification, RingTarget

Awaited = Literal["consent", "verifying", "ringing", "conference"]  # state of the flow meanwhile


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
    return RingTarget(target=step.target, ring_s=step.ring_s)


def _conference(step: steps.Conference) -> FlowEffect:
    return JoinConference(conference=step.conference, parts_refused=step.refused is not None)


HAND_OFFS: dict[type[steps.Step], tuple[Awaited, Callable[[Any], FlowEffect]]] = {
    steps.RecordingConsent: ("consent", _consent),
    steps.Verify: ("verifying", _verification),
    steps.Ring: ("ringing", _ring),
    steps.Conference: ("conference", _conference),
}
