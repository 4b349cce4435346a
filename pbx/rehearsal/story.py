"""Story: the events and effects of a rehearsed call in plain words, each with its line of the plan."""

import re
from collections.abc import Sequence

from pbx.call.call import Call
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect, SaveCall, SaveConsent, SaveMessage, SetSchedule
from pbx.call.events import CallEvent
from pbx.call.record import CallRecord
from pbx.call.trail import Entry
from pbx.core.ids import LegId
from pbx.dialplan.plan import describe
from pbx.dialplan.routes import Routing
from pbx.media.effects import BridgeLegs, Play, SetGate, StartRecording
from pbx.media.events import DigitReceived, Transcribed
from pbx.rehearsal.outcome import Line, Outcome
from pbx.rehearsal.player import sentences
from pbx.rehearsal.scenario import Reply, Scenario
from pbx.rehearsal.words import at_stage, consent_lines, fact_line, opening
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import LegAnswered, LegEnded, LegRejected

_PLACED = re.compile(r"(\S+:\d+): (.*)", re.S)
_REFUSED = "refused"
Fact = Audit | SaveConsent | SaveMessage | SetGate  # what has come of the step that the call was in


class Story:
    """Written as the call goes on; `outcome` closes it."""

    __slots__ = (
        "_began",
        "_context",
        "_is_gated",
        "_keys",
        "_keys_at",
        "_lines",
        "_names",
        "_rings",
        "_said",
        "_scenario",
        "_steps",
        "_values",
        "record",
        "routing",
        "status",
    )

    def __init__(self, scenario: Scenario, context: CallContext, began: float) -> None:
        self._scenario, self._context, self._began = scenario, context, began
        self._lines: list[Line] = [Line(at_s=0.0, words=opening(scenario))]
        self._names: dict[LegId, str] = {}
        self._rings: list[str] = []
        self._said: list[str] = []
        self._steps: list[str] = []
        self._values: dict[str, str] = {}
        self._keys, self._keys_at = "", 0.0
        self._is_gated = False
        self.record: CallRecord | None = None
        self.routing: Routing | None = None
        self.status = 0

    def routed(self, routing: Routing, now: float) -> None:
        """The dial plan has decided; each of its reasons is a line."""
        self.routing = routing
        for reason in routing.trace:
            placed = _PLACED.fullmatch(reason)
            self._tell(placed[2] if placed else reason, now, placed[1] if placed else "")
        self._tell(f"so it goes to {describe(routing.route)}", now)

    def entered(self, entry: Entry, now: float) -> None:
        """The call has come to a step of a flow, or past somebody."""
        flow = self._context.flows.get(entry.flow)
        step = flow.steps.get(entry.step) if flow is not None else None
        if step is None:
            self._tell(entry.words, now, entry.place)
            return
        self._steps.append(f"{entry.flow}.{entry.step}")
        self._tell(f"step {entry.step}: {step.words}", now, entry.place)

    def event(self, event: CallEvent, now: float) -> None:
        """Somebody has done something."""
        match event:
            case DigitReceived(digit=digit) if event.leg in self._names:
                self._tell(f"{self._name(event.leg)} presses {digit.reveal()}", now)
            case DigitReceived(digit=digit):
                self._keys_at = now if not self._keys else self._keys_at
                self._keys += digit.reveal()
            case Transcribed():
                said = "says nothing" if event.outcome != "heard" else "answers by voice"
                self._tell(f"the caller {said}", now)
            case LegAnswered():
                self._tell(f"{self._name(event.leg)} answers", now)
            case LegRejected():
                self._tell(f"{self._name(event.leg)} refuses ({at_stage(event.status)})", now)
            case LegEnded(by_peer=True):
                hung_up = "hangs up" if event.how == "bye" else "gives up"
                self._tell(f"{self._name(event.leg)} {hung_up}", now)
            case LegEnded(by_peer=False, how="cancel") if event.leg in self._names:
                self._tell(f"{self._name(event.leg)} stops ringing", now)
            case _:
                return

    def effect(self, effect: CallEffect, party: str, now: float) -> None:
        """The call does something; `party` is who is called, of PlaceCall."""
        match effect:
            case PlaceCall():
                name = party.rpartition("/")[2]
                self._names[effect.leg] = name
                self._rings.append(name)
                title = self._context.names.get(name, "")
                self._tell(f"{party.replace('/', ' ')}{f' ({title})' if title else ''} is called", now)
            case Play():
                for text in sentences(effect):
                    self._heard(effect.leg, text, now)
            case BridgeLegs(a=a, b=b):
                self._values["answered_by"] = self._name(b)
                self._tell(f"{self._name(a)} and {self._name(b)} talk", now)
            case StartRecording():
                self._tell(f"a recording begins ({effect.kind})", now)
            case Reject():
                self.status = effect.status
                why = effect.reason or effect.warning
                self._tell(f"the call is refused with {effect.status}{f': {why}' if why else ''}", now)
            case SaveCall():
                self.record = effect.record
            case SetSchedule():
                self._tell(f"{effect.schedule} is switched {'open' if effect.opens else 'closed'}", now)
            case _ if isinstance(effect, Fact):
                self._fact(effect, now)
            case _:
                return

    def _fact(self, fact: Fact, now: float) -> None:
        match fact:
            case SetGate():
                if fact.open:
                    self._is_gated = True
                    self._tell(f"what {self._name(fact.leg)} says is kept", now)
            case SaveConsent(record=record):
                if record.proof.party == "caller":
                    self._values["consent"] = record.proof.decision.mode
                    self._values["consent_state"] = record.proof.state
                for line in consent_lines(record.proof):
                    self._tell(line, now)
            case SaveMessage():
                self._values["message"] = fact.message.box
                self._tell(f"a message is left for {fact.message.box}", now)
            case Audit():
                if line := fact_line(fact.fact):
                    self._tell(line, now)

    def outcome(self, left: Sequence[Reply], call: Call | None, *, is_cut: bool) -> Outcome:
        """What came of it."""
        record = call.record() if call is not None else self.record
        ended = self._end_words(record, is_cut=is_cut)
        self._tell(ended, self._began + (self._lines[-1].at_s if self._lines else 0.0))
        route = describe(self.routing.route) if self.routing is not None else f"{self.status} {_REFUSED}"
        state = record.recording_state if record is not None else "none"
        return Outcome(
            route=route,
            path=tuple(self._steps),
            rings=tuple(dict.fromkeys(self._rings)),
            answered_by=self._values.get("answered_by", ""),
            said=tuple(self._said),
            consent=self._values.get("consent", ""),
            consent_state=self._values.get("consent_state", ""),
            verification=record.verification if record is not None else "",
            is_recorded=self._is_gated and state in ("recording", "recorded"),
            message=self._values.get("message", ""),
            status=self.status,
            record=record,
            unasked=tuple(one.keys or one.words for one in left),
            is_cut=is_cut,
            story=tuple(self._lines),
        )

    def _end_words(self, record: CallRecord | None, *, is_cut: bool) -> str:
        if is_cut:
            return "the call goes on for ever, and is cut here"
        if record is None:
            return "there was no call"
        kept = f"recording: {record.recording_state}" + (
            f" ({record.recording_reason})" if record.recording_reason else ""
        )
        level = f", verification: {record.verification}" if record.verification else ""
        return f"the call is over: ended by {record.ended_by}, {record.cause}; {kept}{level}"

    def _heard(self, leg: LegId, text: str, now: float) -> None:
        if leg not in self._names:
            self._said.append(text)
        self._tell(f'{self._name(leg)} hears "{text}"', now)

    def _name(self, leg: LegId) -> str:
        return self._names.get(leg, "the caller")

    def _tell(self, words: str, now: float, place: str = "") -> None:
        if self._keys:
            keys, self._keys = self._keys, ""
            self._lines.append(Line(at_s=self._keys_at - self._began, words=f"the caller presses {keys}"))
        self._lines.append(Line(at_s=now - self._began, words=words, place=place))
