"""Flows as a caller meets them: what is heard, what is pressed, where it leads."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.conditions.circumstances import Circumstances
from pbx.conditions.condition import Condition
from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.effects import (
    EchoTest,
    EndCall,
    FlowEffect,
    JoinConference,
    LeaveVoicemail,
    OrderRecording,
    RequestConsent,
    RequestVerification,
    RingTarget,
    SilenceRecording,
    TalkToBot,
)
from pbx.ivr.events import (
    BotLeft,
    ConferenceEnded,
    ConsentEnded,
    FlowEvent,
    FlowStarted,
    RingEnded,
    VerificationEnded,
    VoicemailEnded,
)
from pbx.ivr.flow import MAX_STEPS_AT_ONCE, Flow
from pbx.media.dialogue import (
    DigitPressed,
    PlayPrompts,
    PlayTone,
    PromptsEnded,
    Say,
    SecureEntry,
    StopPrompts,
)
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.verdict import Status, StirVerdict, failed

MENU = steps.Menu(
    text="Press 1 or 2.",
    keys={"1": "sales", "2": "support", "*": "menu"},
    fallback="bye",
    invalid_text="Sorry.",
    attempts=2,
    timeout_s=5.0,
)
COLLECT = steps.Collect(
    text="Your account number?",
    variable="account",
    min_digits=3,
    max_digits=4,
    next="sales",
    fallback="bye",
    invalid_text="Sorry.",
    attempts=2,
    first_digit_timeout_s=5.0,
    inter_digit_timeout_s=3.0,
)
SALES = steps.Ring(target="extension/1003", ring_s=20.0, no_answer="bye", busy="bye")
BYE = steps.HangUp(text="Goodbye.")


def plan(start: str, **named: steps.Step) -> steps.FlowPlan:
    return steps.FlowPlan(name="test", start=start, steps={"sales": SALES, "bye": BYE, **named})


def said(token: int, *texts: str) -> PlayPrompts:
    return PlayPrompts(token=Token(token), prompts=tuple(Say(text=text) for text in texts))


def asked(token: int, *texts: str) -> PlayPrompts:
    """A question, which a key cuts short."""
    return replace(said(token, *texts), until_key=True)


def ended(token: int, *, played_ms: int = 900) -> PromptsEnded:
    return PromptsEnded(token=Token(token), completed=played_ms > 0, played_ms=played_ms)


def key(digit: str) -> DigitPressed:
    return DigitPressed(digit=Secret(digit))


RING_SALES = RingTarget(target="extension/1003", ring_s=20.0)


class Playbook:
    """A flow on a manual clock: `hears` an event, compares all effects."""

    def __init__(self, flow_plan: steps.FlowPlan) -> None:
        self.flow = Flow(flow_plan)
        self.now = 100.0

    def hears(self, event: FlowEvent, *expected: FlowEffect) -> None:
        assert self.flow.handle(event, self.now) == list(expected)

    def waits(self, seconds: float, *expected: FlowEffect) -> None:
        self.now += seconds
        assert self.flow.tick(self.now) == list(expected)


def test_the_support_call_from_welcome_to_voicemail() -> None:
    call = Playbook(
        plan(
            "welcome",
            welcome=steps.Say(text="Welcome.", next="consent"),
            consent=steps.RecordingConsent(purposes=("quality",), granted="identify", declined="identify"),
            identify=steps.Verify(
                methods=("date_of_birth",), attempts=3, verified="agents", otherwise="agents"
            ),
            agents=steps.Ring(target="group/support", ring_s=25.0, no_answer="message", busy="message"),
            message=steps.Voicemail(box="support", greeting="After the tone.", max_s=180.0),
        )
    )
    call.hears(FlowStarted(), said(1, "Welcome."))
    call.hears(ended(1), RequestConsent(purposes=("quality",)))
    call.hears(ConsentEnded(outcome="granted"), RequestVerification(methods=("date_of_birth",), attempts=3))
    call.hears(VerificationEnded(outcome="unverified"), RingTarget(target="group/support", ring_s=25.0))
    call.hears(
        RingEnded(outcome="no_answer"),
        LeaveVoicemail(box="support", greeting="After the tone.", max_s=180.0, max_silence_s=10.0),
    )
    call.hears(VoicemailEnded(), EndCall())
    assert call.flow.state == "over"


def test_a_verified_caller_goes_elsewhere_than_others() -> None:
    verify = steps.Verify(methods=("date_of_birth",), attempts=2, verified="sales", otherwise="bye")
    call = Playbook(plan("verify", verify=verify))
    call.hears(FlowStarted(), RequestVerification(methods=("date_of_birth",), attempts=2))
    call.hears(VerificationEnded(outcome="verified"), RING_SALES)


@pytest.mark.requirement("V-15")
def test_a_caller_from_a_company_goes_its_own_way() -> None:
    verify = steps.Verify(
        methods=("date_of_birth",), attempts=2, verified="quiet", otherwise="bye", company="sales"
    )
    call = Playbook(plan("verify", verify=verify, quiet=steps.HangUp()))
    call.hears(
        FlowStarted(),
        RequestVerification(methods=("date_of_birth",), attempts=2, parts_companies=True),
    )
    call.hears(VerificationEnded(outcome="company"), RING_SALES)


@pytest.mark.parametrize("outcome", ["granted", "declined"])
def test_consent_goes_where_the_outcome_says(outcome: str) -> None:
    consent = steps.RecordingConsent(purposes=("quality",), granted="sales", declined="quiet")
    call = Playbook(plan("consent", consent=consent, quiet=steps.HangUp()))
    call.hears(FlowStarted(), RequestConsent(purposes=("quality",)))
    if outcome == "granted":
        call.hears(ConsentEnded(outcome="granted"), RING_SALES)
    else:
        call.hears(ConsentEnded(outcome="declined"), EndCall())


def test_a_menu_key_after_the_question() -> None:
    call = Playbook(plan("menu", menu=MENU))
    call.hears(FlowStarted(), asked(1, "Press 1 or 2."))
    assert call.flow.deadline is None
    call.hears(ended(1))
    assert call.flow.deadline == 105.0
    call.hears(key("1"), RING_SALES)
    assert call.flow.deadline is None


def test_a_menu_key_cuts_the_question_short() -> None:
    call = Playbook(plan("menu", menu=MENU))
    call.hears(FlowStarted(), asked(1, "Press 1 or 2."))
    call.hears(key("1"), StopPrompts(), RING_SALES)
    call.hears(ended(1))  # the end of the question that was cut short


def test_a_menu_asks_again_and_then_gives_up() -> None:
    call = Playbook(plan("menu", menu=MENU))
    call.hears(FlowStarted(), asked(1, "Press 1 or 2."))
    call.hears(ended(1))
    call.waits(4.9)
    call.waits(0.1, asked(2, "Sorry.", "Press 1 or 2."))
    call.hears(ended(1))  # late
    assert call.flow.deadline is None
    call.hears(key("7"), StopPrompts(), said(3, "Goodbye."))
    call.hears(ended(3), EndCall())


def test_star_may_be_a_choice_of_a_menu() -> None:
    call = Playbook(plan("menu", menu=MENU))
    call.hears(FlowStarted(), asked(1, "Press 1 or 2."))
    call.hears(key("*"), StopPrompts(), asked(2, "Press 1 or 2."))


def test_collected_digits_are_a_secret_variable_and_the_taps_are_silent() -> None:
    call = Playbook(plan("ask", ask=COLLECT))
    call.hears(FlowStarted(), SecureEntry(on=True), asked(1, "Your account number?"))
    call.hears(key("4"), StopPrompts())
    assert call.flow.deadline == 103.0
    call.hears(key("5"))
    call.hears(key("6"))
    call.hears(key("#"), SecureEntry(on=False), RING_SALES)
    assert call.flow.variables == {"account": Secret("456")}
    assert "456" not in repr(call.flow.variables)


def test_too_few_digits_are_asked_for_again_and_secure_entry_ends_with_the_last_round() -> None:
    call = Playbook(plan("ask", ask=COLLECT))
    call.hears(FlowStarted(), SecureEntry(on=True), asked(1, "Your account number?"))
    call.hears(key("4"), StopPrompts())
    call.waits(3.0, asked(2, "Sorry.", "Your account number?"))
    call.hears(ended(2))
    call.waits(5.0, SecureEntry(on=False), said(3, "Goodbye."))
    assert call.flow.variables == {}


def test_an_entry_that_is_no_secret_leaves_the_taps_open() -> None:
    call = Playbook(plan("ask", ask=replace(COLLECT, secret=False)))
    call.hears(FlowStarted(), asked(1, "Your account number?"))


@pytest.mark.requirement("IVR-03")
def test_an_impossible_date_is_asked_for_again_and_a_possible_one_is_kept() -> None:
    day = replace(COLLECT, kind="date_dmy", min_digits=8, max_digits=8, secret=False)
    call = Playbook(plan("ask", ask=day))
    call.hears(FlowStarted(), asked(1, "Your account number?"))
    call.hears(key("3"), StopPrompts())
    for digit in "102202":
        call.hears(key(digit))
    call.hears(key("8"), asked(2, "Sorry.", "Your account number?"))
    call.hears(ended(2))
    for digit in "2902202":
        call.hears(key(digit))
    call.hears(key("8"), RING_SALES)
    assert call.flow.variables == {"account": Secret("2028-02-29")}


def test_keys_pressed_while_nothing_is_asked_mean_nothing() -> None:
    call = Playbook(plan("say", say=steps.Say(text="Listen.", next="bye")))
    call.hears(FlowStarted(), said(1, "Listen."))
    call.hears(key("1"))
    call.hears(ended(1), said(2, "Goodbye."))


def test_echo_starts_after_its_sentence_and_lasts() -> None:
    call = Playbook(plan("echo", echo=steps.Echo(text="Speak.")))
    call.hears(FlowStarted(), said(1, "Speak."))
    call.hears(ended(1), EchoTest())
    call.hears(key("1"))
    call.waits(1000.0)
    assert call.flow.state == "echo"


BOT = steps.MediaStream(url=Secret("wss://bot.example/"), parameters={"k": "v"}, next="sales", failed="bye")
TALK = TalkToBot(url=Secret("wss://bot.example/"), parameters={"k": "v"}, plain=False)


@pytest.mark.requirement("MED-14")
def test_a_bot_has_the_caller_until_it_leaves() -> None:
    call = Playbook(plan("bot", bot=BOT))
    call.hears(FlowStarted(), TALK)
    call.hears(key("1"))
    call.waits(1000.0)
    assert call.flow.state == "bot"
    call.hears(BotLeft(outcome="next"), RING_SALES)
    call.hears(BotLeft(outcome="failed"))


@pytest.mark.requirement("MED-14")
def test_a_bot_that_fails_leads_elsewhere() -> None:
    call = Playbook(plan("bot", bot=BOT))
    call.hears(FlowStarted(), TALK)
    call.hears(BotLeft(outcome="failed"), said(1, "Goodbye."))


def test_the_end_of_the_bot_can_be_the_end_of_the_call() -> None:
    call = Playbook(plan("bot", bot=replace(BOT, next=None)))
    call.hears(FlowStarted(), TALK)
    call.hears(BotLeft(outcome="next"), EndCall())


ROOM = steps.Conference(conference="team", next="sales", refused="bye")


@pytest.mark.requirement("CNF-01")
@pytest.mark.parametrize(("outcome", "then"), [("next", RING_SALES), ("refused", said(1, "Goodbye."))])
def test_a_conference_has_the_caller_until_he_leaves_it(
    outcome: Literal["next", "refused"], then: FlowEffect
) -> None:
    call = Playbook(plan("room", room=ROOM))
    call.hears(FlowStarted(), JoinConference(conference="team", parts_refused=True))
    call.hears(key("1"))
    call.waits(1000.0)
    assert call.flow.state == "conference"
    call.hears(ConferenceEnded(outcome=outcome), then)
    call.hears(ConferenceEnded(outcome=outcome))


def test_a_prompt_that_fails_does_not_stop_the_flow() -> None:
    call = Playbook(plan("say", say=steps.Say(text="Listen.", next="sales")))
    call.hears(FlowStarted(), said(1, "Listen."))
    failed = PromptsEnded(token=Token(1), completed=False, played_ms=0, failed=True)
    call.hears(failed, RING_SALES)


def test_go_to_leads_on_at_once() -> None:
    call = Playbook(plan("a", a=steps.GoTo(step="b"), b=steps.GoTo(step="sales")))
    call.hears(FlowStarted(), RING_SALES)
    assert call.flow.step == "sales"


def test_a_pause_is_ordered_on_the_way_and_waits_for_nothing() -> None:
    silence = steps.Silence(on=True, reason="card", next="b")
    call = Playbook(plan("a", a=silence, b=steps.Silence(on=False, reason="", next="sales")))
    call.hears(
        FlowStarted(),
        SilenceRecording(on=True, reason="card"),
        SilenceRecording(on=False, reason=""),
        RING_SALES,
    )


def test_a_segment_is_marked_on_the_way_and_waits_for_nothing() -> None:
    begins = steps.Segment(on=True, reason="statement", next="b")
    call = Playbook(plan("a", a=begins, b=steps.Segment(on=False, reason="", next="sales")))
    call.hears(
        FlowStarted(),
        OrderRecording(on=True, reason="statement"),
        OrderRecording(on=False, reason=""),
        RING_SALES,
    )


def test_a_loop_of_pauses_ends_the_call() -> None:
    flow = Flow(plan("a", a=steps.Silence(on=True, reason="card", next="a")))
    effects = flow.handle(FlowStarted(), 0.0)
    assert (len(effects), effects[-1]) == (MAX_STEPS_AT_ONCE + 1, EndCall())


def test_a_loop_that_does_not_wait_ends_the_call() -> None:
    call = Playbook(plan("a", a=steps.GoTo(step="b"), b=steps.GoTo(step="a")))
    call.hears(FlowStarted(), EndCall())


def loop_of_speech(*, played_ms: int, rounds: int) -> list[FlowEffect]:
    flow = Flow(plan("a", a=steps.Say(text="Again.", next="a")))
    effects = flow.handle(FlowStarted(), 0.0)
    for token in range(1, rounds + 1):
        effects = flow.handle(ended(token, played_ms=played_ms), 0.0)
    return effects


def test_a_loop_of_prompts_that_all_fail_ends_the_call_at_the_limit() -> None:
    assert isinstance(loop_of_speech(played_ms=0, rounds=MAX_STEPS_AT_ONCE - 1)[0], PlayPrompts)
    assert loop_of_speech(played_ms=0, rounds=MAX_STEPS_AT_ONCE) == [EndCall()]


def test_a_loop_that_is_heard_goes_on() -> None:
    assert isinstance(loop_of_speech(played_ms=500, rounds=MAX_STEPS_AT_ONCE * 2)[0], PlayPrompts)


def test_a_group_that_is_always_busy_does_not_spin() -> None:
    busy = steps.Ring(target="group/support", ring_s=20.0, no_answer="bye", busy="again")
    flow = Flow(plan("again", again=busy))
    effects = flow.handle(FlowStarted(), 0.0)
    for _ in range(MAX_STEPS_AT_ONCE):
        effects = flow.handle(RingEnded(outcome="busy"), 0.0)
    assert effects == [EndCall()]


EVENTS: list[FlowEvent] = [
    FlowStarted(),
    ConsentEnded(outcome="granted"),
    VerificationEnded(outcome="verified"),
    RingEnded(outcome="busy"),
    VoicemailEnded(),
    ended(1),
    ended(2),
    ended(3),
    key("1"),
    key("#"),
    key("x"),
]
EVERYTHING = plan(
    "menu",
    menu=steps.Menu(
        text="?",
        keys={"1": "ask", "#": "consent"},
        fallback="echo",
        invalid_text="!",
    ),
    ask=COLLECT,
    consent=steps.RecordingConsent(purposes=("quality",), granted="verify", declined="bye"),
    verify=steps.Verify(methods=("date_of_birth",), attempts=1, verified="message", otherwise="bye"),
    message=steps.Voicemail(box="1001", greeting="?", max_s=10.0, next="menu"),
    echo=steps.Echo(),
)


@given(events=st.lists(st.sampled_from(EVENTS), max_size=40), gap=st.floats(0.0, 10.0))
def test_every_event_is_welcome_in_every_state(events: list[FlowEvent], gap: float) -> None:
    flow, now, over = Flow(EVERYTHING), 0.0, False
    for event in events:
        effects = flow.handle(event, now)
        assert not (over and effects)
        over = over or EndCall() in effects
        now += gap
        late = flow.tick(now)
        assert not (over and late)
        over = over or EndCall() in late
        assert flow.deadline is None or flow.deadline > now


@pytest.mark.requirement("SIP-28")
@pytest.mark.parametrize(
    ("verdict", "effect"),
    [(StirVerdict(status=Status.PASSED, attestation="A"), RING_SALES), (failed(438, "x"), EndCall())],
)
def test_when_goes_by_the_verdict_on_the_number(verdict: StirVerdict, effect: FlowEffect) -> None:
    signed = steps.When(
        condition=Condition(verdict=VerdictCondition(verdicts=("passed",))), then="sales", otherwise="bye"
    )
    call = Playbook(plan("signed", signed=signed, bye=steps.HangUp()))
    call.hears(FlowStarted(call=Circumstances(verdict=verdict)), effect)


def test_when_without_a_verdict_is_a_call_that_nobody_looked_at() -> None:
    unsigned = steps.When(
        condition=Condition(verdict=VerdictCondition(verdicts=("none",))), then="sales", otherwise="bye"
    )
    call = Playbook(plan("unsigned", unsigned=unsigned, bye=steps.HangUp()))
    call.hears(FlowStarted(), RING_SALES)


@pytest.mark.requirement("MED-14")
@pytest.mark.requirement("R-21")
def test_a_bot_is_given_what_was_entered_in_the_open_and_nothing_else() -> None:
    entry = steps.Collect(
        text="Order?",
        variable="order",
        min_digits=1,
        max_digits=1,
        next="b",
        fallback="b",
        invalid_text="No.",
    )
    entries = {
        "a": replace(entry, secret=False),
        "b": replace(entry, variable="card", next="bot", fallback="bot"),
    }
    call = Playbook(plan("a", **entries, bot=BOT, sales=steps.HangUp(), bye=steps.HangUp()))
    done = [
        *call.flow.handle(FlowStarted(), 0.0),
        *call.flow.handle(key("4"), 1.0),
        *call.flow.handle(key("7"), 2.0),
    ]
    (talk,) = (one for one in done if isinstance(one, TalkToBot))
    assert {name: digits.reveal() for name, digits in talk.entered.items()} == {"order": "4"}
    assert set(call.flow.variables) == {"order", "card"}


@pytest.mark.parametrize("text", ["", "All lines are engaged."])
def test_a_call_ends_as_the_step_says(text: str) -> None:
    call = Playbook(plan("engaged", engaged=steps.HangUp(text=text, cause="busy")))
    if text:
        call.hears(FlowStarted(), said(1, text))
        call.hears(ended(1), EndCall(cause="busy"))
    else:
        call.hears(FlowStarted(), EndCall(cause="busy"))
    assert call.flow.state == "over"


def test_a_line_is_measured_by_a_milliwatt() -> None:
    call = Playbook(plan("tone", tone=steps.Milliwatt(duration_s=30.0, next="sales")))
    tone = PlayTone(tone="milliwatt", duration_ms=30_000)
    call.hears(FlowStarted(), PlayPrompts(token=Token(1), prompts=(tone,)))
    call.hears(ended(1, played_ms=30_000), RING_SALES)
