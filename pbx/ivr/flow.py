"""The flow machine: walks a caller through the steps of a plan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.ivr import steps
from pbx.ivr.asking import Asking
from pbx.ivr.context import FlowContext
from pbx.ivr.effects import (
    AskProgram,
    EchoTest,
    EndCall,
    FlowEffect,
    LeaveVoicemail,
    ReportUnread,
    RequestStepUp,
    RingTarget,
    TalkToBot,
)
from pbx.ivr.entry import EntrySettings
from pbx.ivr.events import AnswerGiven, FlowEvent, FlowStarted, PersonChosen, VerificationEnded
from pbx.ivr.hand_off import MAX_HAND_OFFS, HandOff
from pbx.ivr.hand_offs import ANSWERS, HAND_OFFS, Awaited, following, took_time
from pbx.ivr.passing import PASSING
from pbx.ivr.people import Directory
from pbx.ivr.program_orders import program_order
from pbx.ivr.program_steps import ProgramAnswer, ProgramStep
from pbx.ivr.speech import Speech, Words
from pbx.ivr.variables import Variables
from pbx.media.collector import Collected
from pbx.media.dialogue import (
    DigitPressed,
    PlayPrompts,
    PlayTone,
    Prompt,
    PromptsEnded,
    SecureEntry,
    StopPrompts,
)

# Steps entered since the caller last heard, pressed or waited for something. A checked plan stays far below;
# prompts that all fail to play would otherwise turn a loop that talks into a busy loop.
MAX_STEPS_AT_ONCE = 100

State = Literal["new", "speaking", "entering", "asking", "echo", "over"] | Awaited


class Flow:
    """One caller in one flow. Every path ends in EndCall, or in a hand-off that the call answers.

    Without a deadline it waits for the call's own: prompts end, telephones ring for a time, an echo and a
    bot last until the caller hangs up or his audio stops; a bot that does not listen is given up.
    """

    __slots__ = (
        "_asking",
        "_context",
        "_entered",
        "_n_handed",
        "_own",
        "_plan",
        "_state",
        "_step",
        "_steps_at_once",
        "_token",
    )

    def __init__(
        self, plan: steps.FlowPlan, language: str = "en-GB", *, speech: Speech | None = None
    ) -> None:
        """`language` is that of the plan; `speech` says what there is besides."""
        self._plan = self._own = plan  # and what a program has handed over besides
        self._n_handed = 0
        self._context = FlowContext(
            speech=speech or Speech(words=Words(own=language)), variables=Variables(plan.open_variables)
        )
        self._state: State = "new"
        self._step = plan.start
        self._steps_at_once = 0
        self._token = Token(0)
        self._asking: Asking | None = None
        self._entered: list[str] = []

    @property
    def state(self) -> State:
        """What the flow waits for."""
        return self._state

    @property
    def step(self) -> str:
        """The name of the current step."""
        return self._step

    def take_entered(self) -> tuple[tuple[str, str, str], ...]:
        """Return flow, step and place (file:line) of the steps entered since this was last asked."""
        entered, self._entered = self._entered, []
        plan = self._plan
        return tuple((plan.name, name, plan.places.get(name, "")) for name in entered)

    @property
    def variables(self) -> dict[str, Secret[str]]:
        """What the caller entered and steps have set, by the names of the plan."""
        return self._context.variables.all

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; only digits are waited for here."""
        return self._asking.deadline if self._asking is not None else None

    def handle(self, event: FlowEvent, now: float) -> list[FlowEffect]:
        """React to `event`; what does not fit the current step is late, and ignored."""
        self._context.now = now
        match event:
            case FlowStarted():
                return self._started(event)
            case PromptsEnded():
                return self._prompts_ended(event, now)
            case DigitPressed(digit=digit):
                return self._pressed(digit, now)
            case AnswerGiven(answer=answer):
                return self._told(answer)
        return self._answered(event)

    def somebody_calls(self, number: str) -> None:
        """Another one is the caller now, of whom nothing is known but his number, "" = he shows none."""
        known = self._context.call
        self._context.call = replace(known, caller=number or None, verdict=None, level="V0")

    def tick(self, now: float) -> list[FlowEffect]:
        """The caller took too long for a digit."""
        self._context.now = now
        collected = self._asking.tick(now) if self._asking is not None else None
        if collected is None:
            return []
        self._steps_at_once = 0
        return self._collected(collected)

    def _started(self, event: FlowStarted) -> list[FlowEffect]:
        if self._state != "new":
            return []
        context = self._context
        context.call = event.call
        context.wall = Wall(event.at, context.now) if event.at is not None else None
        return self._enter(self._plan.start)

    def _answered(self, event: FlowEvent) -> list[FlowEffect]:
        """A hand-off came back."""
        if took_time(event):
            self._steps_at_once = 0
        if self._state != ANSWERS[type(event)]:
            return []
        if isinstance(event, VerificationEnded):
            self._context.call = replace(self._context.call, level=event.level)
        step = self._plan.steps[self._step]
        if isinstance(event, PersonChosen) and event.extension and isinstance(step, Directory):
            self._state = "ringing"
            return [RingTarget(target=f"extension/{event.extension}", ring_s=step.ring_s)]
        return self._enter(following(step, event))

    def _told(self, answer: ProgramAnswer) -> list[FlowEffect]:
        """A program has answered: what it does not tell is empty, whatever it was before."""
        step = self._plan.steps[self._step]
        if self._state != "asking" or not isinstance(step, ProgramStep):
            return []
        unknown = Secret("")
        given = {name: answer.values.get(name, unknown) for name in step.open_names}
        self._context.variables.keep(given)
        if answer.steps:
            self._plan = self._own.joined(answer.steps)
            self._context.variables.now_open(self._plan.open_variables)
            return self._enter(answer.start)
        return self._enter(step.way(answer.outcome))

    def _enter(self, name: str | None) -> list[FlowEffect]:
        """Go on with `name`, through steps that only point elsewhere."""
        done: list[FlowEffect] = []
        while name is not None and self._steps_at_once < MAX_STEPS_AT_ONCE:
            self._steps_at_once += 1
            self._step = name
            self._entered.append(name)
            step = self._plan.steps[name]
            if (passing := PASSING.get(type(step))) is not None:
                name, ordered = passing(step, self._context)
                done += ordered
            elif (hand_off := HAND_OFFS.get(type(step))) is not None:
                self._state, order = hand_off
                return [*done, order(step)]
            elif isinstance(step, ProgramStep):
                if self._may_ask(step):
                    return [*done, self._ask(step)]
                name = self._unasked(step)
            else:
                return [*done, *_BEGIN[type(step)](self, step)]
        return [*done, *self._end(EndCall())]

    def _may_ask(self, step: ProgramStep) -> bool:
        if isinstance(step, HandOff):
            self._n_handed += 1
            return self._n_handed <= MAX_HAND_OFFS
        return step.needed_level <= self._context.call.level

    def _unasked(self, step: ProgramStep) -> str | None:
        """The answer is not for this caller, or a program was asked too often."""
        self._context.variables.keep(dict.fromkeys(step.open_names, Secret("")))
        return step.way("unverified")

    def _ask(self, step: ProgramStep) -> AskProgram:
        self._state = "asking"
        return program_order(self._own, self._step, step, self._context.variables)

    def _end(self, order: EndCall) -> list[FlowEffect]:
        self._state = "over"
        self._asking = None
        return [order]

    def _speak(self, *texts: str) -> list[FlowEffect]:
        return self._play(*(self._context.speech.sentence(text) for text in texts))

    def _play(self, *prompts: Prompt) -> list[FlowEffect]:
        self._token = Token(self._token + 1)
        return [PlayPrompts(token=self._token, prompts=prompts, until_key=self._state == "entering")]

    def _begin_say(self, step: steps.Say) -> list[FlowEffect]:
        """What cannot be put into words is left out; with nothing left to say the flow goes on at once."""
        self._state = "speaking"
        if not step.parts:
            return self._speak(step.text)
        context = self._context
        values = context.speech.values(context.at) | context.variables.texts
        made = context.speech.composed(step.parts, values)
        unread: list[FlowEffect] = [ReportUnread(step=self._step, kind=kind) for kind in made.unread]
        return unread + (self._play(made.say) if made.say is not None else self._enter(step.next))

    def _begin_menu(self, step: steps.Menu) -> list[FlowEffect]:
        return self._begin_entry(Asking(EntrySettings.for_menu(step), step.attempts))

    def _begin_collect(self, step: steps.Collect) -> list[FlowEffect]:
        secure: list[FlowEffect] = [SecureEntry(on=True)] if step.secret else []
        return secure + self._begin_entry(Asking(EntrySettings.for_collect(step), step.attempts))

    def _begin_entry(self, asking: Asking) -> list[FlowEffect]:
        self._state = "entering"
        self._asking = asking
        asking.put()
        return self._speak(asking.settings.text)

    def _begin_step_up(self, step: steps.StepUp) -> list[FlowEffect]:
        self._state = "verifying"
        asked = RequestStepUp(ways=step.ways, purpose=step.purpose, flow=self._plan.name, step=self._step)
        return [asked]

    def _begin_voicemail(self, step: steps.Voicemail) -> list[FlowEffect]:
        self._state = "voicemail"
        message = LeaveVoicemail(
            box=step.box, greeting=step.greeting, max_s=step.max_s, max_silence_s=step.max_silence_s
        )
        said = self._context.speech.sentence(step.greeting)
        return [message if said.text == step.greeting else replace(message, said=said)]

    def _begin_stream(self, step: steps.MediaStream) -> list[FlowEffect]:
        self._state = "bot"
        told = self._context.variables.told
        return [TalkToBot(url=step.url, parameters=step.parameters, plain=step.plain, entered=told)]

    def _begin_queue(self, step: steps.Queue) -> list[FlowEffect]:
        self._state = "queue"
        return [step.order(self._context.speech)]

    def _begin_milliwatt(self, step: steps.Milliwatt) -> list[FlowEffect]:
        self._state = "speaking"
        return self._play(PlayTone(tone="milliwatt", duration_ms=round(step.duration_s * 1000)))

    def _begin_closing(self, step: steps.Echo | steps.HangUp) -> list[FlowEffect]:
        if not step.text:
            return self._close(step)
        self._state = "speaking"
        return self._speak(step.text)

    def _close(self, step: steps.Echo | steps.HangUp) -> list[FlowEffect]:
        if isinstance(step, steps.HangUp):
            return self._end(EndCall(cause=step.cause) if step.cause else EndCall())
        self._state = "echo"
        return [EchoTest()]

    def _prompts_ended(self, event: PromptsEnded, now: float) -> list[FlowEffect]:
        if event.token != self._token:
            return []
        if event.played_ms > 0:
            self._steps_at_once = 0
        if self._state == "entering" and self._asking is not None:
            self._asking.prompt_ended(now)
            return []
        if self._state != "speaking":
            return []
        step = self._plan.steps[self._step]
        if isinstance(step, steps.Echo | steps.HangUp):
            return self._close(step)
        return self._enter(step.next if isinstance(step, steps.Say | steps.Milliwatt) else None)

    def _pressed(self, digit: Secret[str], now: float) -> list[FlowEffect]:
        """A key cuts the question short; while nothing is asked it means nothing."""
        if self._asking is None or not self._asking.is_open:
            return []
        self._steps_at_once = 0
        stop: list[FlowEffect] = [StopPrompts()] if self._asking.speaking else []
        collected = self._asking.press(digit, now)
        return stop + (self._collected(collected) if collected is not None else [])

    def _collected(self, collected: Collected) -> list[FlowEffect]:
        step = self._plan.steps[self._step]
        if isinstance(step, steps.Menu):
            chosen = step.keys.get(collected.digits.reveal())
            return self._enter(chosen) if chosen is not None else self._again(step)
        assert isinstance(step, steps.Collect)
        country = self._context.speech.words.country
        kept = step.read(collected.digits.reveal(), country) if collected.complete else None
        if kept is None:
            return self._again(step)
        self._context.variables.keep({step.variable: Secret(kept)})
        return self._leave_entry(step, step.next)

    def _again(self, step: steps.Menu | steps.Collect) -> list[FlowEffect]:
        """Nothing, or nothing that fits: ask again while attempts are left."""
        if self._asking is not None and self._asking.put():
            return self._speak(step.invalid_text, step.text)
        return self._leave_entry(step, step.fallback)

    def _leave_entry(self, step: steps.Menu | steps.Collect, following: str) -> list[FlowEffect]:
        secret = isinstance(step, steps.Collect) and step.secret
        plain: list[FlowEffect] = [SecureEntry(on=False)] if secret else []
        return plain + self._enter(following)


_BEGIN: dict[type[steps.Step], Callable[[Flow, Any], list[FlowEffect]]] = {
    steps.Say: Flow._begin_say,
    steps.Menu: Flow._begin_menu,
    steps.Collect: Flow._begin_collect,
    steps.StepUp: Flow._begin_step_up,
    steps.Voicemail: Flow._begin_voicemail,
    steps.MediaStream: Flow._begin_stream,
    steps.Queue: Flow._begin_queue,
    steps.Echo: Flow._begin_closing,
    steps.Milliwatt: Flow._begin_milliwatt,
    steps.HangUp: Flow._begin_closing,
}
