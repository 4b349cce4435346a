"""Every kind of step, as written and as run."""

import pytest

from pbx.config.flow_steps import DEFAULT_GREETING, DEFAULT_INVALID
from pbx.config.flows import build_flow
from pbx.config.marks import parse
from pbx.config.read import Read, validate
from pbx.config.schema import FlowFile
from pbx.core.errors import ConfigError
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.variables import Case, Match, SetTo


def build(step: str) -> tuple[steps.FlowPlan, list[ConfigError]]:
    document, errors = parse(f"flow: test\nstart: a\nsteps:\n  a: {step}\n".encode(), "f.yaml")
    assert document is not None and not errors
    model, errors = validate(document, (), document.value, FlowFile)
    assert model is not None, errors
    return build_flow(Read(document=document, model=model))


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ('{say: "Hello.", next: b}', steps.Say(text="Hello.", next="b")),
        (
            "{menu: Press., keys: {1: b, '#': c}, otherwise: d, timeout: 3s, attempts: 2}",
            steps.Menu(
                text="Press.",
                keys={"1": "b", "#": "c"},
                fallback="d",
                invalid_text=DEFAULT_INVALID,
                attempts=2,
                timeout_s=3.0,
            ),
        ),
        (
            "{collect: Number?, into: account, min_digits: 4, max_digits: 8, next: b, otherwise: c}",
            steps.Collect(
                text="Number?",
                variable="account",
                min_digits=4,
                max_digits=8,
                next="b",
                fallback="c",
                invalid_text=DEFAULT_INVALID,
            ),
        ),
        (
            "{recording_consent: {purposes: [quality, evidence]}, granted: b, declined: c}",
            steps.RecordingConsent(purposes=("quality", "evidence"), granted="b", declined="c"),
        ),
        (
            "{verify: {with: [phone_number, date_of_birth]}, verified: b, otherwise: c}",
            steps.Verify(
                methods=("phone_number", "date_of_birth"), attempts=None, verified="b", otherwise="c"
            ),
        ),
        (
            "{verify: {with: [phone_number], attempts: 2}, verified: b, otherwise: c}",
            steps.Verify(methods=("phone_number",), attempts=2, verified="b", otherwise="c"),
        ),
        (
            "{verify: {with: [phone_number]}, verified: b, otherwise: c, company: d}",
            steps.Verify(methods=("phone_number",), attempts=None, verified="b", otherwise="c", company="d"),
        ),
        (
            "{ring: extension/1001, for: 300ms, no_answer: b, busy: c}",
            steps.Ring(target="extension/1001", ring_s=0.3, no_answer="b", busy="c"),
        ),
        (
            "{voicemail: support, max_length: 5 min}",
            steps.Voicemail(box="support", greeting=DEFAULT_GREETING, max_s=300.0),
        ),
        *(
            (
                f"{{voicemail: support, max_silence: {silence_s}s}}",
                steps.Voicemail(
                    box="support", greeting=DEFAULT_GREETING, max_s=180.0, max_silence_s=float(silence_s)
                ),
            )
            for silence_s in (2, 25)
        ),
        (
            "{media_stream: {url: 'wss://bot.example/?t=1', parameters: {language: de}}, next: b, failed: c}",
            steps.MediaStream(
                url=Secret("wss://bot.example/?t=1"), parameters={"language": "de"}, next="b", failed="c"
            ),
        ),
        (
            "{media_stream: {url: 'ws://192.0.2.1/', without_tls: true}, failed: c}",
            steps.MediaStream(url=Secret("ws://192.0.2.1/"), plain=True, next=None, failed="c"),
        ),
        (
            "{conference: team, next: b, refused: c}",
            steps.Conference(conference="team", next="b", refused="c"),
        ),
        ("{conference: team}", steps.Conference(conference="team", next=None, refused=None)),
        ("{echo: }", steps.Echo()),
        ("{milliwatt: 30s}", steps.Milliwatt(duration_s=30.0, next=None)),
        ("{milliwatt: 1 min, next: b}", steps.Milliwatt(duration_s=60.0, next="b")),
        ("{hang_up: Bye.}", steps.HangUp(text="Bye.")),
        ("{hang_up: null, cause: busy}", steps.HangUp(cause="busy")),
        ("{go_to: b}", steps.GoTo(step="b")),
        ("{pause_recording: card, next: b}", steps.Silence(on=True, reason="card", next="b")),
        (
            "{start_recording: statement, next: b}",
            steps.Segment(on=True, reason="statement", next="b"),
        ),
        (
            "{match: caller, cases: [{is: 1001, then: b}, {begins: [+44, '+1'], then: c}], otherwise: d}",
            Match(
                of="caller",
                cases=(Case(then="b", values=("1001",)), Case(then="c", prefixes=("+44", "+1"))),
                otherwise="d",
            ),
        ),
        (
            "{set: {desk: berlin, floor: 3}, next: b}",
            SetTo(values={"desk": "berlin", "floor": "3"}, next="b"),
        ),
        ("{stop_recording: null, next: b}", steps.Segment(on=False, reason="", next="b")),
        ("{resume_recording: null, next: b}", steps.Silence(on=False, reason="", next="b")),
    ],
)
def test_step(written: str, step: steps.Step) -> None:
    plan, errors = build(written)
    assert errors == []
    assert plan is not None and plan.steps == {"a": step} and plan.places == {"a": "f.yaml:4"}


@pytest.mark.requirement("R-19")
def test_a_pause_that_leaves_time_out_is_refused() -> None:
    _, errors = build("{pause_recording: card, mode: skip, next: b}")
    assert len(errors) == 1
    assert "mode" in str(errors[0])


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("{sya: Hello., next: b}", "f.yaml:4:3: steps.a: what does this step do? (did you mean say?)"),
        ("{say: Hello., go_to: b}", "f.yaml:4:3: steps.a: a step does one thing, not say and go_to"),
        ("{say: Hello., nxt: b}", "f.yaml:4:20: steps.a.nxt: unknown key nxt (did you mean next?)"),
        ("{say: Hello.}", "f.yaml:4:6: steps.a: the key next is missing (such as next: menu)"),
        ("{milliwatt: 900ms}", "f.yaml:4:18: steps.a.milliwatt: expected at least 1s"),
        ("{milliwatt: 61s}", "f.yaml:4:18: steps.a.milliwatt: expected at most 1min"),
        (
            "{hang_up: null, cause: buzy}",
            "f.yaml:4:29: steps.a.cause: expected 'busy', 'no_answer', 'declined', 'congestion' or "
            "'unknown_number' (did you mean busy?)",
        ),
        (
            "{say: 5, next: b}",
            "f.yaml:4:12: steps.a.say: expected text; what looks like a number needs quotes",
        ),
        (
            "{ring: group/x, for: 25, no_answer: b, busy: b}",
            "f.yaml:4:27: steps.a.for: expected a duration with its unit, for example 25s or 5 min",
        ),
        (
            "{voicemail: support, max_silence: 1.9s}",
            "f.yaml:4:40: steps.a.max_silence: expected at least 2s",
        ),
        (
            "{voicemail: support, max_silence: 25.1s}",
            "f.yaml:4:40: steps.a.max_silence: expected at most 25s",
        ),
        (
            "{verify: {with: [phone_nunber]}, verified: b, otherwise: b}",
            "f.yaml:4:23: steps.a.verify.with.0: expected 'phone_number', 'typed_number', 'date_of_birth', "
            "'account_number' or 'pin' (did you mean phone_number?)",
        ),
    ],
)
def test_mistake(written: str, line: str) -> None:
    plan, errors = build(written)
    assert plan.steps == {}
    assert line in [str(error) for error in errors]


@pytest.mark.parametrize("key", ["A", "12", "''"])
def test_a_menu_key_is_one_key_of_a_telephone(key: str) -> None:
    plan, errors = build(f"{{menu: Press., keys: {{{key}: b}}, otherwise: b}}")
    assert plan.steps == {} and len(errors) == 1


@pytest.mark.requirement("MED-14")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{url: 'https://bot.example/'}", "expected a URL such as wss://bot.example/call"),
        ("{url: 'ws://bot.example/'}", "everybody on the way could listen"),
        ("{url: 'wss://b/', parameters: {1a: x}}", "1a"),
        (f"{{url: 'wss://b/', parameters: {{a: {'x' * 501}}}}}", "500"),
    ],
)
def test_a_media_stream_that_is_refused(written: str, expected: str) -> None:
    _, errors = build(f"{{media_stream: {written}, failed: b}}")
    assert len(errors) == 1
    assert expected in str(errors[0])
    assert str(errors[0]).startswith("f.yaml:4:")


def test_a_media_stream_has_64_parameters_of_500_characters() -> None:
    def errors(n: int) -> list[ConfigError]:
        parameters = ", ".join(f"p{i}: {'x' * 500}" for i in range(n))
        return build(f"{{media_stream: {{url: 'wss://b/', parameters: {{{parameters}}}}}, failed: b}}")[1]

    assert errors(64) == []
    assert len(errors(65)) == 1
