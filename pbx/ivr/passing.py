"""What steps do that take no time: each says what follows, and may order something on the way."""

from collections.abc import Callable
from typing import Any

from pbx.core.secret import Secret
from pbx.ivr.context import FlowContext
from pbx.ivr.effects import FlowEffect, OrderRecording, SilenceRecording
from pbx.ivr.opening import Schedule
from pbx.ivr.passing_steps import GoTo, Segment, Silence, SpeakIn, When
from pbx.ivr.step import Step
from pbx.ivr.variables import Match, SetTo

Passed = tuple[str | None, list[FlowEffect]]  # the step that follows, None = the end, and what is ordered


def _go_to(step: GoTo, _: FlowContext) -> Passed:
    return step.step, []


def _speak_in(step: SpeakIn, context: FlowContext) -> Passed:
    context.speech = context.speech.preferring(step.language)
    return step.next, []


def _silence(step: Silence, _: FlowContext) -> Passed:
    return step.next, [SilenceRecording(on=step.on, reason=step.reason)]


def _segment(step: Segment, _: FlowContext) -> Passed:
    return step.next, [OrderRecording(on=step.on, reason=step.reason)]


def _when(step: When, context: FlowContext) -> Passed:
    return step.then if step.condition.holds(context.circumstances) else step.otherwise, []


def _match(step: Match, context: FlowContext) -> Passed:
    return step.chosen(context.variables.texts | context.speech.facts), []


def _set(step: SetTo, context: FlowContext) -> Passed:
    context.variables.keep({variable: Secret(text) for variable, text in step.values.items()})
    return step.next, []


def _schedule(step: Schedule, context: FlowContext) -> Passed:
    return step.chosen(context.at, context.speech.words.zone, context.call.schedules), []


PASSING: dict[type[Step], Callable[[Any, FlowContext], Passed]] = {
    GoTo: _go_to,
    SpeakIn: _speak_in,
    Silence: _silence,
    Segment: _segment,
    When: _when,
    Match: _match,
    SetTo: _set,
    Schedule: _schedule,
}
