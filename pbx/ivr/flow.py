"""The flow machine: walks a caller through the steps of a plan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, assert_never

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.ivr import steps
from pbx.ivr.asking import Asking
from pbx.ivr.effects import (
    EchoTest,
    EndCall,
    FlowEffect,
    LeaveVoicemail,
    OrderRecording,
    ReportUnread,
    RequestStepUp,
    SilenceRecording,
    TalkToBot,
)
from pbx.ivr.entry import EntrySettings
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
from pbx.ivr.hand_offs import HAND_OFFS
from pbx.ivr.speech import Speech, Words
from pbx.ivr.variables import Match, SetTo, Variables
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
from pbx.sip.stir.verdict import StirVerdict

# Steps entered since the caller last heard, pressed or waited for something. A checked plan stays far below;
# prompts that all fail to play would otherwise turn a loop that talks into a busy loop.
MAX_STEPS_AT_ONCE = 100

State = Literal[
    "new",
    "speaking",
    "entering",
    "consent",
    "verifying",
    "ringing",
    "voicemail",
    "bot",
    "conference",
    "echo",
    "over",
]


class Flow:
    """One caller in one flow. Every path ends in EndCall, or in a hand-off that the call answers.

    Without a deadline it waits for the call's own: prompts end, telephones ring for a time, an echo and a
    bot last until the caller hangs up or his audio stops; a bot that does not listen is given up.
    """

    __slots__ = (
        "_asking",
        "_entered",
        "_now",
        "_plan",
        "_speech",
        "_state",
        "_step",
        "_steps_at_once",
        "_token",
        "_variables",
        "_verdict",
        "_wall",
    )

    def __init__(
        self, plan: steps.FlowPlan, language: str = "en-GB", *, speech: Speech | None = None
    ) -> None:
        """`language` is that of the plan; `speech` says what there is besides."""
        self._plan = plan
        self._speech = speech or Speech(words=Words(own=language))
        self._wall: Wall | None = None
        self._now = 0.0  # of the newest event
        self._state: State = "new"
        self._step = plan.start
        self._steps_at_once = 0
        self._token = Token(0)
        self._asking: Asking | None = None
        self._variables = Variables(plan.open_variables)
        self._verdict: StirVerdict | None = None
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
        return self._variables.all

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; only digits are waited for here."""
        return self._asking.deadline if self._asking is not None else None

    def handle(self, event: FlowEvent, now: float) -> list[FlowEffect]:
        """React to `event`; what does not fit the current step is late, and ignored."""
        self._now = now
        match event:
            case FlowStarted():
                self._wall = Wall(event.at, now) if event.at is not None else None
                return self._started(event.verdict)
            case PromptsEnded():
                return self._prompts_ended(event, now)
            case DigitPressed(digit=digit):
                return self._pressed(digit, now)
            case ConsentEnded(outcome=outcome):
                return self._answered("consent", outcome)
            case VerificationEnded(outcome=outcome):
                return self._answered("verifying", "otherwise" if outcome == "unverified" else outcome)
            case RingEnded(outcome=outcome):
                if outcome == "no_answer":  # that took the time to ring; busy may take none
                    self._steps_at_once = 0
                return self._answered("ringing", outcome)
            case VoicemailEnded():
                self._steps_at_once = 0
                return self._answered("voicemail", "next")
            case BotLeft(outcome=outcome):
                return self._answered("bot", outcome)
            case ConferenceEnded(outcome=outcome):
                return self._answered("conference", outcome)
        assert_never(event)

    def tick(self, now: float) -> list[FlowEffect]:
        """The caller took too long for a digit."""
        self._now = now
        collected = self._asking.tick(now) if self._asking is not None else None
        if collected is None:
            return []
        self._steps_at_once = 0
        return self._collected(collected)

    def _started(self, verdict: StirVerdict | None) -> list[FlowEffect]:
        if self._state != "new":
            return []
        self._verdict = verdict
        return self._enter(self._plan.start)

    def _answered(self, state: State, outcome: str) -> list[FlowEffect]:
        """A hand-off came back: its outcome is the name of the step's field that says where to go."""
        if self._state != state:
            return []
        following: str | None = getattr(self._plan.steps[self._step], outcome)
        return self._enter(following)

    def _enter(self, name: str | None) -> list[FlowEffect]:
        """Go on with `name`, through steps that only point elsewhere."""
        done: list[FlowEffect] = []
        while name is not None and self._steps_at_once < MAX_STEPS_AT_ONCE:
            self._steps_at_once += 1
            self._step = name
            self._entered.append(name)
            step = self._plan.steps[name]
            if isinstance(step, steps.GoTo):
                name = step.step
            elif isinstance(step, steps.SpeakIn):
                self._speech = self._speech.preferring(step.language)
                name = step.next
            elif isinstance(step, steps.Silence):
                done.append(SilenceRecording(on=step.on, reason=step.reason))
                name = step.next
            elif isinstance(step, steps.Segment):
                done.append(OrderRecording(on=step.on, reason=step.reason))
                name = step.next
            elif isinstance(step, steps.When):
                name = step.then if step.condition.holds(self._verdict) else step.otherwise
            elif isinstance(step, Match):
                name = step.chosen(self._variables.texts | self._speech.facts)
            elif isinstance(step, SetTo):
                self._variables.keep({variable: Secret(text) for variable, text in step.values.items()})
                name = step.next
            elif (hand_off := HAND_OFFS.get(type(step))) is not None:
                self._state, order = hand_off
                return [*done, order(step)]
            else:
                return [*done, *_BEGIN[type(step)](self, step)]
        return [*done, *self._end(EndCall())]

    def _end(self, order: EndCall) -> list[FlowEffect]:
        self._state = "over"
        self._asking = None
        return [order]

    def _speak(self, *texts: str) -> list[FlowEffect]:
        return self._play(*(self._speech.sentence(text) for text in texts))

    def _play(self, *prompts: Prompt) -> list[FlowEffect]:
        self._token = Token(self._token + 1)
        return [PlayPrompts(token=self._token, prompts=prompts, until_key=self._state == "entering")]

    def _begin_say(self, step: steps.Say) -> list[FlowEffect]:
        """What cannot be put into words is left out; with nothing left to say the flow goes on at once."""
        self._state = "speaking"
        if not step.parts:
            return self._speak(step.text)
        at = self._wall.time(self._now) if self._wall is not None else None
        made = self._speech.composed(step.parts, self._speech.values(at) | self._variables.texts)
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
        said = self._speech.sentence(step.greeting)
        return [message if said.text == step.greeting else replace(message, said=said)]

    def _begin_stream(self, step: steps.MediaStream) -> list[FlowEffect]:
        self._state = "bot"
        told = self._variables.told
        return [TalkToBot(url=step.url, parameters=step.parameters, plain=step.plain, entered=told)]

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
        if not collected.complete:
            return self._again(step)
        self._variables.keep({step.variable: collected.digits})
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
    steps.Echo: Flow._begin_closing,
    steps.Milliwatt: Flow._begin_milliwatt,
    steps.HangUp: Flow._begin_closing,
}
