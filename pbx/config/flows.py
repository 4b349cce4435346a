"""A flow as written, step by step, into the plan the flow machine runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pbx.config.conditions import WrittenWhen
from pbx.config.consent import Purpose
from pbx.config.marks import Document
from pbx.config.read import Read, did_you_mean, validate
from pbx.config.schema import FlowFile
from pbx.config.types import Duration, Listed, Name, StreamUrl, Strict, Text, Unique
from pbx.config.verification import Tries
from pbx.core.errors import ConfigError
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.media.stream_url import is_private

DEFAULT_GREETING = "Please leave a message after the tone."
MIN_SILENCE_S = 2.0  # a pause for thought
LONGEST_SILENCE_S = 25.0  # a media worker holds half a minute of it back, to leave it out
DEFAULT_INVALID = "Sorry, that was not understood."

Attempts = Annotated[int, Field(ge=1, le=10)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Target = Annotated[str, Field(pattern=r"^(extension|group)/[a-z0-9_-]{1,32}$")]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
ParameterValue = Annotated[str, Field(max_length=500)]  # as bots know it from the published format
Method = Literal["phone_number", "date_of_birth"]


class WrittenSay(Strict):
    say: Text
    next: Name


class WrittenMenu(Strict):
    menu: Text
    keys: Annotated[dict[Key, Name], Field(min_length=1)]
    otherwise: Name
    invalid: Text = DEFAULT_INVALID
    attempts: Attempts = 3
    timeout: Duration = 5.0


class WrittenCollect(Strict):
    collect: Text
    into: Name
    min_digits: Annotated[int, Field(ge=1, le=32)] = 1
    max_digits: Annotated[int, Field(ge=1, le=32)]
    next: Name
    otherwise: Name
    invalid: Text = DEFAULT_INVALID
    attempts: Attempts = 3
    timeout: Duration = 5.0
    between_digits: Duration = 4.0
    secret: bool = True


class ConsentArguments(Strict):
    purposes: Annotated[tuple[Purpose, ...], Listed, Unique, Field(min_length=1)]


class WrittenConsent(Strict):
    recording_consent: ConsentArguments
    granted: Name
    declined: Name


class VerifyArguments(Strict):
    methods: Annotated[tuple[Method, ...], Listed, Unique, Field(min_length=1, alias="with")]
    attempts: Tries | None = None  # the tenant's


class WrittenVerify(Strict):
    verify: VerifyArguments
    verified: Name
    otherwise: Name
    company: Name | None = None


class WrittenRing(Strict):
    ring: Target
    ring_s: Duration = Field(default=25.0, alias="for")
    no_answer: Name
    busy: Name


class WrittenVoicemail(Strict):
    voicemail: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
    greeting: Text = DEFAULT_GREETING
    max_length: Duration = 180.0
    max_silence: Annotated[Duration, Field(ge=MIN_SILENCE_S, le=LONGEST_SILENCE_S)] = steps.MAX_SILENCE_S
    next: Name | None = None


class StreamArguments(Strict):
    url: StreamUrl
    parameters: Annotated[dict[Parameter, ParameterValue], Field(max_length=64)] = {}
    without_tls: bool = False

    @model_validator(mode="after")
    def _private(self) -> "StreamArguments":
        if not self.without_tls and not is_private(self.url):
            raise ValueError("everybody on the way could listen: write wss://, or without_tls: true")
        return self


class WrittenStream(Strict):
    media_stream: StreamArguments
    next: Name | None = None
    failed: Name


class WrittenConferenceStep(Strict):
    conference: Name
    next: Name | None = None
    refused: Name | None = None


class WrittenPause(Strict):
    pause_recording: Text
    next: Name


class WrittenResume(Strict):
    resume_recording: Text | None = None
    next: Name


class WrittenStart(Strict):
    start_recording: Text
    next: Name


class WrittenStop(Strict):
    stop_recording: Text | None = None
    next: Name


class WrittenEcho(Strict):
    echo: Text | None = None


class WrittenHangUp(Strict):
    hang_up: Text | None = None


class WrittenGoTo(Strict):
    go_to: Name


class WrittenBranch(Strict):
    when: WrittenWhen
    then: Name
    otherwise: Name


def _say(written: WrittenSay) -> steps.Step:
    return steps.Say(text=written.say, next=written.next)


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
    purposes = tuple(written.recording_consent.purposes)
    return steps.RecordingConsent(purposes=purposes, granted=written.granted, declined=written.declined)


def _verify(written: WrittenVerify) -> steps.Step:
    return steps.Verify(
        methods=tuple(written.verify.methods),
        attempts=written.verify.attempts,
        verified=written.verified,
        otherwise=written.otherwise,
        company=written.company,
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


def _hang_up(written: WrittenHangUp) -> steps.Step:
    return steps.HangUp(text=written.hang_up or "")


def _go_to(written: WrittenGoTo) -> steps.Step:
    return steps.GoTo(step=written.go_to)


def _branch(written: WrittenBranch) -> steps.Step:
    return steps.When(condition=written.when.build(), then=written.then, otherwise=written.otherwise)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of step is written and what it becomes."""

    written: type[Strict]
    build: Callable[[Any], steps.Step]


_KINDS: dict[str, _Kind] = {
    "say": _Kind(WrittenSay, _say),
    "menu": _Kind(WrittenMenu, _menu),
    "collect": _Kind(WrittenCollect, _collect),
    "recording_consent": _Kind(WrittenConsent, _consent),
    "verify": _Kind(WrittenVerify, _verify),
    "ring": _Kind(WrittenRing, _ring),
    "voicemail": _Kind(WrittenVoicemail, _voicemail),
    "media_stream": _Kind(WrittenStream, _stream),
    "conference": _Kind(WrittenConferenceStep, _conference),
    "pause_recording": _Kind(WrittenPause, _pause),
    "resume_recording": _Kind(WrittenResume, _unpause),
    "start_recording": _Kind(WrittenStart, _start),
    "stop_recording": _Kind(WrittenStop, _stop),
    "echo": _Kind(WrittenEcho, _echo),
    "hang_up": _Kind(WrittenHangUp, _hang_up),
    "go_to": _Kind(WrittenGoTo, _go_to),
    "when": _Kind(WrittenBranch, _branch),
}


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
