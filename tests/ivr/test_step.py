"""What each kind of step tells of itself: where it can lead, whether it takes time, and its words."""

import pytest

from pbx.conditions.condition import Condition
from pbx.config.step_kinds import STEP_KINDS
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.hand_off import HandOff
from pbx.ivr.lookup import LookUp
from pbx.ivr.onward import Transfer
from pbx.ivr.opening import Schedule
from pbx.ivr.paging import Page
from pbx.ivr.people import Directory
from pbx.ivr.plugin_steps import AskPlugin
from pbx.ivr.program_steps import AskHttp
from pbx.ivr.switching import SwitchSchedule
from pbx.ivr.variables import Case, Match, SetTo
from pbx.ivr.waiting import Park
from pbx.schedules.opening import Opening
from pbx.sip.stir.condition import VerdictCondition

ALWAYS = Opening(spans={})

CASES: list[tuple[steps.Step, tuple[str | None, ...], bool]] = [
    (steps.Say(text="?", next="a"), ("a",), True),
    (steps.Menu(text="?", keys={"1": "a", "2": "b"}, fallback="c", invalid_text="!"), ("a", "b", "c"), True),
    (
        steps.Collect(
            text="?", variable="v", min_digits=1, max_digits=2, next="a", fallback="b", invalid_text="!"
        ),
        ("a", "b"),
        True,
    ),
    (steps.RecordingConsent(purposes=(), granted="a", declined="b"), ("a", "b"), False),
    (steps.Verify(methods=(), attempts=1, verified="a", otherwise="b"), ("a", "b"), False),
    (steps.Verify(methods=(), attempts=1, verified="a", otherwise="b", company="c"), ("a", "b", "c"), False),
    (steps.Ring(target="group/x", ring_s=1.0, no_answer="a", busy="b"), ("a", "b"), False),
    (steps.Voicemail(box="x", greeting="?", max_s=1.0), (None,), True),
    (steps.Conference(conference="team", next=None, refused="a"), (None, "a"), False),
    (steps.MediaStream(url=Secret("wss://b/token"), next=None, failed="a"), (None, "a"), False),
    (
        steps.Queue(queue="x", timeout="a", full="b", no_agents="c", exit="d", callback="e"),
        ("a", "b", "c", "d", "e"),
        False,
    ),
    (steps.Echo(), (None,), True),
    (steps.Milliwatt(duration_s=30.0, next="a"), ("a",), True),
    (steps.HangUp(), (None,), True),
    (steps.GoTo(step="a"), ("a",), False),
    (steps.Silence(on=True, reason="card", next="a"), ("a",), False),
    (steps.Segment(on=True, reason="statement", next="a"), ("a",), False),
    (
        Match(of="v", cases=(Case(then="a", values=("7",)), Case(then="b", values=("8",))), otherwise="c"),
        ("a", "b", "c"),
        False,
    ),
    (steps.SpeakIn(language="de-DE", next="a"), ("a",), False),
    (
        steps.When(
            condition=Condition(verdict=VerdictCondition(verdicts=("failed",))), then="a", otherwise="b"
        ),
        ("a", "b"),
        False,
    ),
    (steps.StepUp(ways=("sms",), purpose="pay", verified="a", otherwise="b"), ("a", "b"), False),
    (AskHttp(server="s", path="/", next="a", failed="b"), ("a", "b"), False),
    (AskHttp(server="s", path="/", next="a", failed="b", not_found="c"), ("a", "b", "c"), False),
    (LookUp(query="q", found="a", failed="b"), ("a", "b"), False),
    (LookUp(query="q", found="a", failed="b", unverified="c"), ("a", "b", "c"), False),
    (HandOff(server="s", path="/", failed="b", leads_to=("a",)), (None, "a", "b"), False),
    (AskPlugin(name="p", by_outcome={"x": "a"}, failed="b"), ("a", "b"), False),
    (SetTo(values={"v": "1"}, next="a"), ("a",), False),
    (
        SwitchSchedule(schedule="office", to="other", open="a", closed="b", failed="c"),
        ("a", "b", "c"),
        False,
    ),
    (Transfer(target="extension/1", busy="a", failed="b"), ("a", "b"), False),
    (Directory(by="last_name", ring_s=9.0, none="a", no_answer="b", busy="c"), ("a", "b", "c"), True),
    (Park(slot="", back="a", full="b"), ("a", "b"), False),
    (Page(target="group/a", most_s=9.0, next="a"), ("a", None), False),
    (Transfer(target="flow/night"), (), False),
    (Schedule(opening=ALWAYS, open="a", closed="b"), ("a", "b", "b"), False),
    (Schedule(opening=ALWAYS, open="a", closed="b", holiday="c"), ("a", "b", "c"), False),
]
STEPS = tuple(step for step, _, _ in CASES)


@pytest.mark.parametrize(("step", "following", "takes_time"), CASES)
def test_what_follows_and_whether_it_waits(
    step: steps.Step, following: tuple[str | None, ...], takes_time: bool
) -> None:
    assert step.following == following
    assert step.waits is takes_time


def test_every_kind_of_step_has_words() -> None:
    by_kind = {type(step): step.words for step, _, _ in CASES}
    assert set(by_kind) == {kind.step for kind in STEP_KINDS.values()}
    assert len(set(by_kind.values())) == len(by_kind) and all(by_kind.values())
    assert not any("token" in said for said in by_kind.values())


def test_what_a_call_ends_as() -> None:
    assert steps.HangUp(cause="congestion").words == "ends the call as congestion"


def test_others_say_what_follows() -> None:
    asking = {type(step).__name__ for step, _, _ in CASES if step.asks}
    assert asking == {
        "Menu",
        "Queue",
        "Collect",
        "RecordingConsent",
        "Verify",
        "StepUp",
        "Voicemail",
        "MediaStream",
        "Conference",
        "Match",
        "AskHttp",
        "Directory",
        "LookUp",
        "AskPlugin",
        "HandOff",
    }
