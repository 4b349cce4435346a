"""Words for steps, facts and callers."""

from dataclasses import replace
from typing import get_args

from pbx.core.audit import AuditFact
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.variables import Case, Match, SetTo
from pbx.rehearsal.words import at_stage, fact_line, opening, step_words
from pbx.sip.events import DeviceOrigin
from pbx.sip.stir.condition import VerdictCondition
from tests.rehearsal.conftest import CALLER

STEPS: tuple[steps.Step, ...] = (
    steps.Say(text="x", next=None),
    steps.SpeakIn(language="de-DE", next="a"),
    steps.Menu(text="x", keys={"2": "a", "1": "b"}, fallback="a", invalid_text="x"),
    steps.Collect(
        text="x", variable="order", min_digits=1, max_digits=2, next="a", fallback="a", invalid_text="x"
    ),
    steps.RecordingConsent(purposes=("quality",), granted="a", declined="a"),
    steps.Verify(methods=("phone_number",), attempts=None, verified="a", otherwise="a"),
    steps.StepUp(ways=("sms",), purpose="pay", verified="a", otherwise="a"),
    steps.Ring(target="group/support", ring_s=25.0, no_answer=None, busy=None),
    steps.Voicemail(box="support", greeting="x", max_s=60.0),
    steps.MediaStream(url=Secret("wss://bot.example/token"), next=None, failed="a"),
    steps.Conference(conference="standup", next=None, refused=None),
    steps.Echo(),
    steps.Milliwatt(duration_s=30.0, next=None),
    steps.HangUp(),
    steps.Silence(on=True, reason="card", next="a"),
    steps.Segment(on=False, reason="order", next="a"),
    steps.GoTo(step="agents"),
    steps.When(condition=VerdictCondition(verdicts=("failed",)), then="a", otherwise="b"),
    Match(of="order", cases=(Case(then="a", values=("7",)),), otherwise="b"),
    SetTo(values={"desk": "berlin"}, next="a"),
)


def test_every_kind_of_step_has_words() -> None:
    assert {type(step) for step in STEPS} == set(get_args(steps.Step))
    said = [step_words(step) for step in STEPS]
    assert len(set(said)) == len(STEPS) and all(said)
    assert not any("token" in one for one in said)


def test_what_a_call_ends_as() -> None:
    assert step_words(steps.HangUp(cause="congestion")) == "ends the call as congestion"


def test_who_calls_whom() -> None:
    assert opening(CALLER).startswith(
        "+447700900123 calls 01632960100 by trunk carrier, 2026-06-01 09:00 UTC"
    )
    assert opening(replace(CALLER, number="")).startswith("somebody without a number calls")
    ours = replace(CALLER, origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert opening(ours).startswith("extension 1001 calls")


def test_facts_that_a_line_of_their_own_tells_are_left_out() -> None:
    assert fact_line(AuditFact(kind="consent.granted", details={"mode": "notify"})) == ""
    assert fact_line(AuditFact(kind="consent.resolved", details={"mode": "never", "consent": "x"})) == (
        "noted: consent.resolved (mode never)"
    )


def test_a_status_and_what_it_means() -> None:
    assert (at_stage(486), at_stage(599)) == ("486 busy", "599")
