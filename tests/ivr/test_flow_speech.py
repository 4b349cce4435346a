"""Steps that say values, and the step that changes the language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.effects import EndCall, FlowEffect, LeaveVoicemail, ReportUnread
from pbx.ivr.events import FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.speech import Speech, Words
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say
from pbx.phrases.phrase import Spoken
from pbx.phrases.shipped import shipped_languages

pytestmark = pytest.mark.requirement("IVR-06")
WORDS = Words(texts={"de-DE": {"Bye.": "Tschüss."}}, grammars=shipped_languages())
END = steps.HangUp(text="Bye.")
COLLECT = steps.Collect(
    text="Order?", variable="order", min_digits=1, max_digits=3, next="read", fallback="end", invalid_text="?"
)
READ = steps.Say(
    text="", next="end", parts=("Your order is", Spoken(kind="digits", value="{order}"), "Thank you.")
)


def flow(start: str, **named: steps.Step) -> Flow:
    plan = steps.FlowPlan(name="test", start=start, steps={"end": END, **named})
    return Flow(plan, speech=Speech(words=WORDS))


def texts(effects: list[FlowEffect]) -> list[str]:
    return [
        one.text
        for effect in effects
        if isinstance(effect, PlayPrompts)
        for one in effect.prompts
        if isinstance(one, Say)
    ]


def entered(running: Flow, keys: str) -> list[FlowEffect]:
    return [one for key in keys for one in running.handle(DigitPressed(digit=Secret(key)), 1.0)]


def test_what_the_caller_has_entered_in_the_open_is_read_to_him() -> None:
    running = flow("ask", ask=replace(COLLECT, secret=False), read=READ)
    running.handle(FlowStarted(), 0.0)
    assert texts(entered(running, "407"))[-1] == "Your order is four zero seven Thank you."


def test_a_secret_entry_is_never_read() -> None:
    running = flow("ask", ask=COLLECT, read=READ)
    running.handle(FlowStarted(), 0.0)
    done = entered(running, "407")
    assert ReportUnread(step="read", kind="digits") in done
    assert texts(done)[-1] == "Your order is Thank you."


def test_with_nothing_to_say_the_flow_goes_on_at_once() -> None:
    nothing = steps.Say(text="", next="end", parts=(Spoken(kind="telephone", value="{caller}"),))
    done = flow("read", read=nothing).handle(FlowStarted(), 0.0)
    assert done[0] == ReportUnread(step="read", kind="telephone")
    assert texts(done) == ["Bye."]


def test_a_loop_that_has_nothing_to_say_ends() -> None:
    nothing = steps.Say(text="", next="read", parts=(Spoken(kind="telephone", value="{caller}"),))
    done = flow("read", read=nothing).handle(FlowStarted(), 0.0)
    assert done[-1] == EndCall()
    assert len(done) < 200


def test_the_clock_goes_on_while_the_caller_listens() -> None:
    now = steps.Say(text="", next="again", parts=(Spoken(kind="time", value="{now}", form="24"),))
    running = flow("now", now=now, again=replace(now, next="end"))
    at = datetime(2026, 11, 30, 9, 59, 30, tzinfo=UTC)
    first = texts(running.handle(FlowStarted(at=at), 100.0))
    ended = PromptsEnded(token=Token(1), completed=True, played_ms=900)
    later = texts(running.handle(ended, 160.0))
    assert (first, later) == (["zero nine fifty-nine"], ["ten hundred"])


@pytest.mark.requirement("IVR-07")
def test_from_a_step_on_the_flow_speaks_another_language() -> None:
    german = steps.SpeakIn(language="de-DE", next="end")
    done = flow("german", german=german).handle(FlowStarted(), 0.0)
    (effect,) = done
    assert isinstance(effect, PlayPrompts)
    (say,) = effect.prompts
    assert say == Say(text="Tschüss.", language="de-DE", otherwise=Say(text="Bye.", language="en-GB"))


@pytest.mark.requirement("IVR-07")
def test_the_greeting_of_a_box_has_other_languages_too() -> None:
    box = steps.Voicemail(box="support", greeting="Bye.", max_s=180.0)
    running = flow("german", german=steps.SpeakIn(language="de-DE", next="box"), box=box)
    (effect,) = running.handle(FlowStarted(), 0.0)
    assert isinstance(effect, LeaveVoicemail)
    assert effect.said is not None
    assert effect.said.text == "Tschüss."
