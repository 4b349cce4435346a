"""Indicator: who talks is told, alone, what has become of the recording (R-17).

Telephones of ours hear what happens to it; a party from outside only that it is not recorded after all,
where the tenant wants that (`announce_unrecorded`). Each hears its sentence in the place of the other.
"""

from dataclasses import dataclass

from pbx.call.audible import audible, holds, is_away
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.grace import is_cut_off
from pbx.call.leg import Leg
from pbx.call.ordered import FeatureEvent
from pbx.call.pause import MAX_PAUSE_S, Paused
from pbx.call.recorder import Recorder
from pbx.call.talk import Talk
from pbx.call.telling import Telling
from pbx.call.tokens import Tokens
from pbx.core.ids import LegId, RecordingId, Token
from pbx.media.dialogue import PlayPrompts
from pbx.media.effects import Play, ToneSource
from pbx.media.events import PlayEnded
from pbx.recording.indication import Indication, indication

WAIT_S = 0.5  # for a sentence: a tone after that is still heard within the second of R-17
MOST_S = 10.0  # for one sentence; a telephone that takes longer has gone, or its player has
TONE_MS = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """The recording as it was when somebody was told of it last."""

    recording: RecordingId | None = None
    state: str = "none"
    paused: Paused | None = None

    @property
    def is_running(self) -> bool:
        return self.state in ("starting", "recording")


@dataclass(slots=True)
class _Said:
    """A sentence on its way: until `due` it may begin, or be heard to its end."""

    what: Indication
    talk: Talk
    due: float
    is_heard: bool = False


class Indicator:
    """At most one sentence per party at a time; the last of those that wait is the one that counts."""

    __slots__ = ("_capture", "_connect", "_said", "_seen", "_telling", "_tokens", "_waiting")

    def __init__(self, connect: Connect, capture: Capture, telling: Telling, tokens: Tokens) -> None:
        self._connect, self._capture, self._telling, self._tokens = connect, capture, telling, tokens
        self._seen: dict[LegId, Seen] = {}  # by each who talks now
        self._waiting: dict[LegId, Indication] = {}
        self._said: dict[LegId, _Said] = {}

    @property
    def is_busy(self) -> bool:
        """Whether somebody is being told something, or about to."""
        return bool(self._said or self._waiting)

    @property
    def deadline(self) -> float | None:
        """When a sentence gives way to a tone, or took too long."""
        return min((one.due for one in self._said.values()), default=None)

    def say(self, leg: Leg, what: Indication) -> None:
        """Tell a party as soon as it hears; `follow` begins it."""
        self._waiting[leg.id] = what

    def follow(self, now: float) -> list[CallEffect]:
        """Something may have changed: tell those who talk what is new to them."""
        seen = self._now
        for leg in audible(self._connect) or self._in_room:
            is_ours = leg.party.startswith("extension/")
            what = news(leg, self._seen.get(leg.id, Seen() if is_ours else seen), seen, now)
            self._seen[leg.id] = seen
            self._tell(leg, what, self._capture)
        self._forget()
        legs = [self._connect.legs[leg] for leg in self._waiting]
        return [done for leg in legs for done in self._begin(leg, now)]

    @property
    def _in_room(self) -> tuple[Leg, ...]:
        """The caller in a conference, unless its recording has what he says."""
        caller = self._connect.caller
        is_apart = self._connect.winner is None and caller.has_company and not caller.is_kept_in_room
        return (caller,) if is_apart and not is_away(caller) else ()

    def notice(self, leg: Leg, was: Seen, room: Capture, now: float) -> None:
        """Say what has become of a room's recording since a party was told last."""
        self._tell(leg, news(leg, was, seen_of(room), now), room)

    def _tell(self, leg: Leg, what: Indication | None, recorder: Capture) -> None:
        """Who is not ours hears only of a failure, and only if it is to be told or the call ends with it."""
        is_announced = recorder.ruling.on_failure != "continue"
        what = "ending" if what == "failed" and is_cut_off(recorder) else what
        if leg.party.startswith("extension/") or what == "ending":
            said = what
        else:
            said = "unrecorded" if what == "failed" and is_announced else None
        is_said = leg.id in self._said and self._said[leg.id].what == said
        if said is not None and not is_said:  # his call's recording and the room's may fail together
            self.say(leg, said)

    def _forget(self) -> None:
        """Who has no company is told nothing; whose media worker died is told anew."""
        two = {leg.id: leg for leg in (self._connect.caller, self._connect.winner) if leg is not None}
        talking = {key: leg for key, leg in two.items() if len(two) == 2 or leg.has_company}
        self._seen = {leg: seen for leg, seen in self._seen.items() if leg in two}
        lost = {leg for leg in self._said if leg not in talking or talking[leg].is_lost}
        for leg in lost:
            self._waiting.setdefault(leg, self._said.pop(leg).what)
        self._waiting = {leg: what for leg, what in self._waiting.items() if leg in talking}

    def explained(self, *legs: Leg) -> None:
        """These are told in other words: what has just become of the recording is no news to them."""
        self._seen |= {leg.id: self._now for leg in legs}

    @property
    def _now(self) -> Seen:
        return seen_of(self._capture)

    def take(self, event: FeatureEvent, now: float) -> list[CallEffect]:
        """A sentence is ready, cannot be had, or was heard."""
        done: list[CallEffect] = []
        for leg, said in list(self._said.items()):
            match event:
                case PromptsReady():
                    effects, _ = said.talk.ready(event)
                    if effects:
                        said.is_heard, said.due = True, now + MOST_S
                    done += effects
                case PromptsMissing() if said.talk.missing(event) is not None and not said.is_heard:
                    done += self._beep(leg, said, now)
                case PlayEnded() if event.leg == leg and said.talk.play_ended(event) is not None:
                    del self._said[leg]
                case PlayEnded() if event.leg == leg and event.token == BEEP:
                    del self._said[leg]
        return done

    def tick(self, now: float) -> list[CallEffect]:
        """A sentence is not to be had in time, or its end not to be heard of."""
        done: list[CallEffect] = []
        for leg, said in list(self._said.items()):
            if said.due > now:
                continue
            if said.is_heard:
                del self._said[leg]
            else:
                done += [*said.talk.stop(), *self._beep(leg, said, now)]
        return done

    def unrecorded(self) -> None:
        """Two are put through unrecorded: both are told before they hear each other."""
        legs = [leg for leg in (self._connect.caller, self._connect.winner) if leg is not None]
        for leg in legs:
            self.say(leg, "unrecorded")
        self.explained(*legs)

    def _begin(self, leg: Leg, now: float) -> list[CallEffect]:
        """Not while the party hears nothing, or hears the announcement of the recording."""
        is_deaf = is_away(leg) or holds(leg) or self._telling.is_busy or leg.id in self._said
        if leg.id not in self._waiting or is_deaf:
            return []
        what = self._waiting.pop(leg.id)
        call, _ = self._connect.belongs_to
        said = self._said[leg.id] = _Said(what, Talk(call, leg.id, self._tokens), now + WAIT_S)
        sentence = indication(what, self._connect.start.context.language)
        return said.talk.perform(PlayPrompts(token=Token(1), prompts=(sentence,)))

    def _beep(self, leg: LegId, said: _Said, now: float) -> list[CallEffect]:
        party = self._connect.legs.get(leg)
        if party is None or is_away(party):
            del self._said[leg]
            return []
        said.is_heard, said.due = True, now + MOST_S
        country = self._connect.start.context.country.lower()
        tone = ToneSource(country=country, tone="record", duration_ms=TONE_MS)
        return [Play(leg=leg, token=BEEP, sources=(tone,))]


BEEP = Token(-3)  # never a token of a feature


def seen_of(recorder: Recorder) -> Seen:
    """A recording as it is now."""
    return Seen(recorder.recording, recorder.state, recorder.paused)


def news(leg: Leg, was: Seen, seen: Seen, now: float) -> Indication | None:
    """What a party has not been told yet, None = nothing, or what it has done itself.

    A recording that goes on in another media worker is no news: there is nothing to do about the gap, which
    is in the record, and three seconds without the other party would be the worse interruption.
    """
    if seen == was:
        return None
    if seen.state == "failed":
        return "failed" if was.state != "failed" else None
    if seen.is_running and was.state == "failed":
        return "resumed"
    if not seen.is_running:
        return "stopped" if was.is_running and seen.state == "not_consented" else None
    if seen.paused is not None and was.paused is None:
        return "paused" if seen.paused.actor != leg.party else None
    if seen.paused is None and was.paused is not None:
        is_forgotten = now - was.paused.since >= MAX_PAUSE_S
        return "resumed" if is_forgotten or was.paused.actor != leg.party else None
    return None
