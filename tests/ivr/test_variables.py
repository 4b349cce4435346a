"""Variables of a flow: what is compared, what decides, and what never does."""

import time

import pytest

from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.effects import EndCall, FlowEffect, RingTarget, TalkToBot
from pbx.ivr.events import FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.speech import Speech
from pbx.ivr.variables import MAX_VARIABLES, Case, Match, SetTo, Variables
from pbx.media.dialogue import DigitPressed, PlayPrompts

HOME = Match(
    of="caller",
    cases=(
        Case(then="partners", values=("+441632960200", "1001")),
        Case(then="home", values=("+353",), prefixes=("+44", "+1")),
    ),
    otherwise="abroad",
)
ENDS = {name: steps.HangUp(text=name) for name in ("partners", "home", "abroad")}
ENTRY = steps.Collect(
    text="Order?",
    variable="order",
    min_digits=1,
    max_digits=1,
    next="by_order",
    fallback="abroad",
    invalid_text="No.",
)
BY_ORDER = Match(of="order", cases=(Case(then="home", values=("7",)),), otherwise="abroad")


def began(start: str, speech: Speech | None = None, **named: steps.Step) -> tuple[Flow, list[FlowEffect]]:
    plan = steps.FlowPlan(name="test", start=start, steps={**ENDS, **named})
    flow = Flow(plan, speech=speech)
    return flow, flow.handle(FlowStarted(), 0.0)


@pytest.mark.parametrize(
    ("value", "step"),
    [
        ("+441632960200", "partners"),
        ("1001", "partners"),
        ("+441632960201", "home"),
        ("+44", "home"),
        ("+353", "home"),
        ("+35316", "abroad"),
        ("1001 ", "abroad"),
        ("", "abroad"),
    ],
)
def test_the_first_case_that_fits_counts(value: str, step: str) -> None:
    assert HOME.chosen({"caller": value, "called": "+44"}) == step


def test_what_is_not_there_goes_otherwise() -> None:
    assert HOME.chosen({}) == "abroad"


@pytest.mark.requirement("S-25")
@pytest.mark.parametrize("hostile", ["${caller}", "{caller}", "+44.*", "a;b", "a|b", "\n+44", "٤٤"])
def test_what_looks_like_code_is_text(hostile: str) -> None:
    assert HOME.chosen({"caller": hostile}) == ("home" if hostile.startswith("+44") else "abroad")
    assert Match(of="caller", cases=(Case(then="a", values=("{caller}",)),), otherwise="b").chosen(
        {"caller": "+44"}
    ) == ("b")


@pytest.mark.requirement("S-23")
def test_what_is_almost_a_value_costs_as_much_as_any_other() -> None:
    """Against the largest match, 32 cases of 64 beginnings; the best of several counts, in one run."""
    almost = tuple(f"{'1' * 61}{n:03}" for n in range(64))
    full = Match(of="v", cases=tuple(Case(then="a", prefixes=almost) for _ in range(32)), otherwise="b")

    def cost_s(value: str) -> float:
        took_s = []
        for _ in range(20):
            began_at = time.thread_time()
            assert full.chosen({"v": value}) == "b"
            took_s.append(time.thread_time() - began_at)
        return min(took_s)

    assert cost_s("1" * 64) < 10 * cost_s("x")


@pytest.mark.parametrize(
    ("of", "value", "numbers"),
    [
        ("caller", "+447700900123", {"caller": "+447700900123"}),
        ("called", "+441632960100", {"called": "01632 960100"}),
        ("called", "+441632960100", {"called": "+441632960100"}),
        ("called", "1001", {"called": "1001"}),
        ("language", "de-DE", {}),
    ],
)
def test_a_flow_goes_by_the_call(of: str, value: str, numbers: dict[str, str]) -> None:
    by = Match(of=of, cases=(Case(then="home", values=(value,)),), otherwise="abroad")
    flow, _ = began("by", Speech(numbers=numbers, chain=("de-DE",)), by=by)
    assert flow.step == "home"
    other, _ = began("by", Speech(), by=by)
    assert other.step == "abroad"


def test_a_chosen_language_decides_too() -> None:
    by = Match(of="language", cases=(Case(then="home", prefixes=("fr",)),), otherwise="abroad")
    flow, _ = began("french", french=steps.SpeakIn(language="fr-FR", next="by"), by=by)
    assert flow.step == "home"


@pytest.mark.parametrize(("key", "step"), [("7", "home"), ("8", "abroad")])
def test_a_flow_goes_by_what_was_entered_in_the_open(key: str, step: str) -> None:
    entry = steps.Collect(
        text="Order?",
        variable="order",
        min_digits=1,
        max_digits=1,
        next="by_order",
        fallback="abroad",
        invalid_text="No.",
        secret=False,
    )
    flow, _ = began("entry", entry=entry, by_order=BY_ORDER)
    flow.handle(DigitPressed(digit=Secret(key)), 1.0)
    assert flow.step == step


@pytest.mark.requirement("R-21")
def test_a_secret_decides_nothing() -> None:
    flow, _ = began("entry", entry=ENTRY, by_order=BY_ORDER)
    flow.handle(DigitPressed(digit=Secret("7")), 1.0)
    assert flow.step == "abroad"


def test_the_latest_text_counts_and_a_bot_is_told_of_it() -> None:
    bot = steps.MediaStream(url=Secret("wss://bot.example/"), next=None, failed="abroad")
    first = SetTo(values={"order": "8", "desk": "berlin"}, next="second")
    _, effects = began("first", first=first, second=SetTo(values={"order": "7"}, next="bot"), bot=bot)
    (talk,) = effects
    assert isinstance(talk, TalkToBot)
    assert {name: text.reveal() for name, text in talk.entered.items()} == {"order": "7", "desk": "berlin"}


def test_a_text_that_was_set_decides_and_takes_no_time() -> None:
    ring = steps.Ring(target="group/x", ring_s=1.0, no_answer=None, busy=None)
    given = SetTo(values={"order": "7"}, next="by_order")
    _, effects = began("given", given=given, by_order=BY_ORDER, home=ring)
    assert effects == [RingTarget(target="group/x", ring_s=1.0)]


def test_a_flow_keeps_so_many_variables() -> None:
    named: dict[str, steps.Step] = {
        f"s{n}": SetTo(values={f"v{n}": "x"}, next=f"s{n + 1}" if n < MAX_VARIABLES else "home")
        for n in range(MAX_VARIABLES + 1)
    }
    flow, effects = began("s0", None, **named)
    assert set(flow.variables) == {f"v{n}" for n in range(MAX_VARIABLES)}
    assert isinstance(effects[-1], PlayPrompts)


def test_a_loop_of_them_ends_the_call() -> None:
    _, effects = began("a", a=SetTo(values={"v": "1"}, next="a"))
    assert effects == [EndCall()]


def test_a_secret_is_kept_and_not_told() -> None:
    variables = Variables(frozenset({"order"}))
    variables.keep({"order": Secret("7"), "card": Secret("4")})
    assert set(variables.all) == {"order", "card"}
    assert set(variables.told) == {"order"}
    assert variables.texts == {"order": "7"}
    assert "7" not in repr(variables.told)
