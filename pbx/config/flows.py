"""A flow as written, step by step, into the plan the flow machine runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pbx.config.flow_steps import (
    WrittenBranch,
    WrittenCollect,
    WrittenConferenceStep,
    WrittenConsent,
    WrittenEcho,
    WrittenGoTo,
    WrittenHangUp,
    WrittenLanguage,
    WrittenMatch,
    WrittenMenu,
    WrittenMilliwatt,
    WrittenPause,
    WrittenResume,
    WrittenRing,
    WrittenSay,
    WrittenSet,
    WrittenStart,
    WrittenStepUp,
    WrittenStop,
    WrittenStream,
    WrittenVerify,
    WrittenVoicemail,
)
from pbx.config.marks import Document
from pbx.config.read import Read, did_you_mean, validate
from pbx.config.schema import FlowFile
from pbx.config.types import Strict
from pbx.core.errors import ConfigError
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.variables import Match, SetTo


def _say(written: WrittenSay) -> steps.Step:
    parts = tuple(one for part in written.say for one in part.build())
    text = " ".join(one if isinstance(one, str) else f"{{{one.kind}}}" for one in parts)
    is_plain = len(parts) == 1 and isinstance(parts[0], str)
    return steps.Say(text=text, next=written.next, parts=() if is_plain else parts)


def _language(written: WrittenLanguage) -> steps.Step:
    return steps.SpeakIn(language=written.language, next=written.next)


def _menu(written: WrittenMenu) -> steps.Step:
    return steps.Menu(
        text=written.menu,
        keys=dict(written.keys),
        fallback=written.otherwise,
        invalid_text=written.invalid,
        attempts=written.attempts,
        timeout_s=written.timeout,
    )


def _collect(written: WrittenCollect) -> steps.Step:
    return steps.Collect(
        text=written.collect,
        variable=written.into,
        min_digits=written.min_digits,
        max_digits=written.max_digits,
        next=written.next,
        fallback=written.otherwise,
        invalid_text=written.invalid,
        attempts=written.attempts,
        first_digit_timeout_s=written.timeout,
        inter_digit_timeout_s=written.between_digits,
        secret=written.secret,
    )


def _consent(written: WrittenConsent) -> steps.Step:
    return steps.RecordingConsent(
        purposes=tuple(written.recording_consent.purposes),
        granted=written.granted,
        declined=written.declined,
        refused=written.refused,
    )


def _verify(written: WrittenVerify) -> steps.Step:
    return steps.Verify(
        methods=tuple(written.verify.methods),
        attempts=written.verify.attempts,
        verified=written.verified,
        otherwise=written.otherwise,
        company=written.company,
        by_voice="speech" in written.verify.entry,
    )


def _step_up(written: WrittenStepUp) -> steps.Step:
    return steps.StepUp(
        ways=tuple(written.step_up.ways),
        purpose=written.step_up.purpose,
        verified=written.verified,
        otherwise=written.otherwise,
    )


def _ring(written: WrittenRing) -> steps.Step:
    return steps.Ring(
        target=written.ring, ring_s=written.ring_s, no_answer=written.no_answer, busy=written.busy
    )


def _voicemail(written: WrittenVoicemail) -> steps.Step:
    return steps.Voicemail(
        box=written.voicemail,
        greeting=written.greeting,
        max_s=written.max_length,
        max_silence_s=written.max_silence,
        next=written.next,
    )


def _stream(written: WrittenStream) -> steps.Step:
    stream = written.media_stream
    return steps.MediaStream(
        url=Secret(stream.url),
        parameters=dict(stream.parameters),
        plain=stream.without_tls,
        next=written.next,
        failed=written.failed,
    )


def _conference(written: WrittenConferenceStep) -> steps.Step:
    return steps.Conference(conference=written.conference, next=written.next, refused=written.refused)


def _pause(written: WrittenPause) -> steps.Step:
    return steps.Silence(on=True, reason=written.pause_recording, next=written.next)


def _unpause(written: WrittenResume) -> steps.Step:
    return steps.Silence(on=False, reason=written.resume_recording or "", next=written.next)


def _start(written: WrittenStart) -> steps.Step:
    return steps.Segment(on=True, reason=written.start_recording, next=written.next)


def _stop(written: WrittenStop) -> steps.Step:
    return steps.Segment(on=False, reason=written.stop_recording or "", next=written.next)


def _echo(written: WrittenEcho) -> steps.Step:
    return steps.Echo(text=written.echo or "")


def _milliwatt(written: WrittenMilliwatt) -> steps.Step:
    return steps.Milliwatt(duration_s=written.milliwatt, next=written.next)


def _hang_up(written: WrittenHangUp) -> steps.Step:
    return steps.HangUp(text=written.hang_up or "", cause=written.cause)


def _go_to(written: WrittenGoTo) -> steps.Step:
    return steps.GoTo(step=written.go_to)


def _branch(written: WrittenBranch) -> steps.Step:
    return steps.When(condition=written.when.build(), then=written.then, otherwise=written.otherwise)


def _match(written: WrittenMatch) -> steps.Step:
    cases = tuple(case.build() for case in written.cases)
    return Match(of=written.match, cases=cases, otherwise=written.otherwise)


def _set(written: WrittenSet) -> steps.Step:
    return SetTo(values=dict(written.given), next=written.next)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of step is written and what it becomes."""

    written: type[Strict]
    build: Callable[[Any], steps.Step]


_KINDS: dict[str, _Kind] = {
    "say": _Kind(WrittenSay, _say),
    "language": _Kind(WrittenLanguage, _language),
    "menu": _Kind(WrittenMenu, _menu),
    "collect": _Kind(WrittenCollect, _collect),
    "recording_consent": _Kind(WrittenConsent, _consent),
    "verify": _Kind(WrittenVerify, _verify),
    "step_up": _Kind(WrittenStepUp, _step_up),
    "ring": _Kind(WrittenRing, _ring),
    "voicemail": _Kind(WrittenVoicemail, _voicemail),
    "media_stream": _Kind(WrittenStream, _stream),
    "conference": _Kind(WrittenConferenceStep, _conference),
    "pause_recording": _Kind(WrittenPause, _pause),
    "resume_recording": _Kind(WrittenResume, _unpause),
    "start_recording": _Kind(WrittenStart, _start),
    "stop_recording": _Kind(WrittenStop, _stop),
    "echo": _Kind(WrittenEcho, _echo),
    "milliwatt": _Kind(WrittenMilliwatt, _milliwatt),
    "hang_up": _Kind(WrittenHangUp, _hang_up),
    "go_to": _Kind(WrittenGoTo, _go_to),
    "when": _Kind(WrittenBranch, _branch),
    "match": _Kind(WrittenMatch, _match),
    "set": _Kind(WrittenSet, _set),
}


WRITTEN_STEPS: dict[str, type[Strict]] = {name: kind.written for name, kind in _KINDS.items()}


def build_flow(read: Read[FlowFile]) -> tuple[steps.FlowPlan, list[ConfigError]]:
    """Return the plan of one flow file, or as much of it as is right and the mistakes of its steps."""
    document, flow = read.document, read.model
    built: dict[str, steps.Step] = {}
    errors: list[ConfigError] = []
    for name, written in flow.steps.items():
        step, step_errors = _build_step(document, name, written)
        errors += step_errors
        if step is not None:
            built[name] = step
    places = {name: document.place(("steps", name)) for name in built}
    return steps.FlowPlan(name=flow.flow, start=flow.start, steps=built, places=places), errors


def _build_step(
    document: Document, name: str, written: dict[str, object]
) -> tuple[steps.Step | None, list[ConfigError]]:
    path = ("steps", name)
    kinds = [key for key in written if key in _KINDS]
    if len(kinds) != 1:
        hints = (did_you_mean(key, _KINDS) for key in written)
        hint = next((hint for hint in hints if hint), f"one of {', '.join(_KINDS)}") if not kinds else ""
        message = f"a step does one thing, not {' and '.join(kinds)}" if kinds else "what does this step do?"
        return None, [document.key_error(path, message, hint)]
    kind = _KINDS[kinds[0]]
    value, errors = validate(document, path, written, kind.written)
    return (kind.build(value) if value is not None else None), errors
