"""How the steps of flows are written that need nothing but the flow, and what they become."""

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
    WrittenSay,
    WrittenSet,
    WrittenStart,
    WrittenStepUp,
    WrittenStop,
    WrittenStream,
    WrittenVerify,
    WrittenVoicemail,
)
from pbx.config.step_kind import StepKind
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.variables import Match, SetTo


def _say(written: WrittenSay) -> steps.Say:
    parts = tuple(one for part in written.say for one in part.build())
    text = " ".join(one if isinstance(one, str) else f"{{{one.kind}}}" for one in parts)
    is_plain = len(parts) == 1 and isinstance(parts[0], str)
    return steps.Say(text=text, next=written.next, parts=() if is_plain else parts)


def _language(written: WrittenLanguage) -> steps.SpeakIn:
    return steps.SpeakIn(language=written.language, next=written.next)


def _menu(written: WrittenMenu) -> steps.Menu:
    return steps.Menu(
        text=written.menu,
        keys=dict(written.keys),
        fallback=written.otherwise,
        invalid_text=written.invalid,
        attempts=written.attempts,
        timeout_s=written.timeout,
    )


def _collect(written: WrittenCollect) -> steps.Collect:
    least, most = written.n_digits
    return steps.Collect(
        text=written.collect,
        variable=written.into,
        min_digits=least,
        max_digits=most,
        next=written.next,
        fallback=written.otherwise,
        invalid_text=written.invalid,
        attempts=written.attempts,
        first_digit_timeout_s=written.timeout,
        inter_digit_timeout_s=written.between_digits,
        secret=written.secret,
        kind=written.kind,
    )


def _consent(written: WrittenConsent) -> steps.RecordingConsent:
    return steps.RecordingConsent(
        purposes=tuple(written.recording_consent.purposes),
        granted=written.granted,
        declined=written.declined,
        refused=written.refused,
    )


def _verify(written: WrittenVerify) -> steps.Verify:
    return steps.Verify(
        methods=tuple(written.verify.methods),
        attempts=written.verify.attempts,
        verified=written.verified,
        otherwise=written.otherwise,
        company=written.company,
        by_voice="speech" in written.verify.entry,
    )


def _step_up(written: WrittenStepUp) -> steps.StepUp:
    return steps.StepUp(
        ways=tuple(written.step_up.ways),
        purpose=written.step_up.purpose,
        verified=written.verified,
        otherwise=written.otherwise,
    )


def _voicemail(written: WrittenVoicemail) -> steps.Voicemail:
    return steps.Voicemail(
        box=written.voicemail,
        greeting=written.greeting,
        max_s=written.max_length,
        max_silence_s=written.max_silence,
        next=written.next,
    )


def _stream(written: WrittenStream) -> steps.MediaStream:
    stream = written.media_stream
    return steps.MediaStream(
        url=Secret(stream.url),
        parameters=dict(stream.parameters),
        plain=stream.without_tls,
        next=written.next,
        failed=written.failed,
    )


def _conference(written: WrittenConferenceStep) -> steps.Conference:
    return steps.Conference(conference=written.conference, next=written.next, refused=written.refused)


def _pause(written: WrittenPause) -> steps.Silence:
    return steps.Silence(on=True, reason=written.pause_recording, next=written.next)


def _unpause(written: WrittenResume) -> steps.Silence:
    return steps.Silence(on=False, reason=written.resume_recording or "", next=written.next)


def _start(written: WrittenStart) -> steps.Segment:
    return steps.Segment(on=True, reason=written.start_recording, next=written.next)


def _stop(written: WrittenStop) -> steps.Segment:
    return steps.Segment(on=False, reason=written.stop_recording or "", next=written.next)


def _echo(written: WrittenEcho) -> steps.Echo:
    return steps.Echo(text=written.echo or "")


def _milliwatt(written: WrittenMilliwatt) -> steps.Milliwatt:
    return steps.Milliwatt(duration_s=written.milliwatt, next=written.next)


def _hang_up(written: WrittenHangUp) -> steps.HangUp:
    return steps.HangUp(text=written.hang_up or "", cause=written.cause)


def _go_to(written: WrittenGoTo) -> steps.GoTo:
    return steps.GoTo(step=written.go_to)


def _branch(written: WrittenBranch) -> steps.When:
    return steps.When(condition=written.when.build(), then=written.then, otherwise=written.otherwise)


def _match(written: WrittenMatch) -> Match:
    cases = tuple(case.build() for case in written.cases)
    return Match(of=written.match, cases=cases, otherwise=written.otherwise)


def _set(written: WrittenSet) -> SetTo:
    return SetTo(values=dict(written.given), next=written.next)


STEPS: dict[str, StepKind] = {
    "say": StepKind(WrittenSay, _say),
    "language": StepKind(WrittenLanguage, _language),
    "menu": StepKind(WrittenMenu, _menu),
    "collect": StepKind(WrittenCollect, _collect),
    "recording_consent": StepKind(WrittenConsent, _consent),
    "verify": StepKind(WrittenVerify, _verify),
    "step_up": StepKind(WrittenStepUp, _step_up),
    "voicemail": StepKind(WrittenVoicemail, _voicemail),
    "media_stream": StepKind(WrittenStream, _stream),
    "conference": StepKind(WrittenConferenceStep, _conference),
    "pause_recording": StepKind(WrittenPause, _pause),
    "resume_recording": StepKind(WrittenResume, _unpause),
    "start_recording": StepKind(WrittenStart, _start),
    "stop_recording": StepKind(WrittenStop, _stop),
    "echo": StepKind(WrittenEcho, _echo),
    "milliwatt": StepKind(WrittenMilliwatt, _milliwatt),
    "hang_up": StepKind(WrittenHangUp, _hang_up),
    "go_to": StepKind(WrittenGoTo, _go_to),
    "when": StepKind(WrittenBranch, _branch),
    "match": StepKind(WrittenMatch, _match),
    "set": StepKind(WrittenSet, _set),
}
