"""A board whose flow calls people back, and the telephone at the number on file."""

from dataclasses import replace
from typing import Any

from pbx.call.context import CallBackPolicy, CallContext
from pbx.call.effects import KeepCallBack, PlanCallBack, PreparePrompts, SaveCall
from pbx.call.events import CallBackPlanned
from pbx.call.record import CallRecord
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr.steps import FlowPlan, HangUp, Ring, StepUp
from pbx.media.dialogue import Say as Said
from pbx.media.events import DigitReceived
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed, LegEnded
from pbx.verify.prompts import TEXTS
from tests.call.conftest import ANSWER, Board
from tests.call.support import SUPPORT

A, CALLER = LegId("a"), "+447700900123"
EN = TEXTS["en-GB"]
PURPOSE = "change of address"
FLOW = FlowPlan(
    name="support",
    start="prove",
    steps={
        "prove": StepUp(ways=("call_back",), purpose=PURPOSE, verified="agents", otherwise="bye"),
        "agents": Ring(target="group/support", ring_s=25.0, no_answer="bye", busy="bye"),
        "bye": HangUp(text="Goodbye."),
    },
)
POLICY = CallBackPolicy(trunk="carrier", name="Acme", caller_id="+441632960100")


class CalledBoard(Board):
    """The caller asks to be called back, and is."""

    def __init__(self, policy: CallBackPolicy | None = POLICY, **changed: Any) -> None:
        def change(context: CallContext) -> CallContext:
            return replace(context, **{"flows": {"support": FLOW}, "call_back": policy, **changed})

        super().__init__(change=change)

    def asks(self) -> PlanCallBack:
        """Up to the sentence that he will be called."""
        self.offer(SUPPORT, number=CALLER)
        self.send(LegConfirmed(leg=A))
        return self.last(PlanCallBack)

    def planned(self, asked: PlanCallBack, *, asks_date: bool = True) -> None:
        self.send(CallBackPlanned(asked=asked, call_back="cb", customer="c-1", asks_date=asks_date))

    def hangs_up(self) -> None:
        """He has heard it, and his leg ends."""
        self.finish_prompt()
        self.send(LegEnded(leg=A, by_peer=False, how="bye"))

    def called(self, *, asks_date: bool = True) -> PlaceCall:
        """The INVITE to the number on file."""
        self.planned(self.asks(), asks_date=asks_date)
        self.hangs_up()
        self.pass_time(5.0)
        return self.last(PlaceCall)

    def answered(self, *, asks_date: bool = True) -> LegId:
        """Somebody lifts the receiver."""
        leg = self.called(asks_date=asks_date).leg
        self.send(LegAnswered(leg=leg, answer=ANSWER))
        return leg

    @property
    def key(self) -> str:
        """What was said is to be pressed."""
        texts = (one.text for one in self.said_to_all() if one.text.startswith("Hello. This is Acme"))
        return next(texts).partition("press ")[2][0]

    def said_to_all(self) -> list[Said]:
        prompts = [prompt for effect in self.all(PreparePrompts) for prompt in effect.prompts]
        return [one for one in prompts if isinstance(one, Said)]

    def presses(self, leg: LegId, digits: str) -> None:
        for digit in digits:
            self.now += 0.1
            self.send(DigitReceived(leg=leg, digit=Secret(digit), duration_ms=80))
        self.pass_time(0.0)

    @property
    def outcomes(self) -> list[str]:
        return [one.outcome for one in self.all(KeepCallBack)]

    @property
    def records(self) -> list[CallRecord]:
        """The last record of each call, in their order."""
        found: dict[str, CallRecord] = {}
        for one in self.all(SaveCall):
            found[one.record.call] = one.record
        return list(found.values())
