"""Paging: many telephones answer by themselves and hear the caller, who hears none of them (CF-21).

begin -> who is free is called -> an answer: it hears the caller, who hears a tone with the first
      -> nobody is left, or the time is up: they are hung up, and the flow goes on
"""

from dataclasses import replace

from pbx.call.connect import Connect
from pbx.call.descriptions import connect_leg, try_agreed
from pbx.call.effects import CallEffect
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import FeatureEvent, Ordered
from pbx.call.outgoing import device_call
from pbx.call.talk import Talk
from pbx.call.tokens import Tokens
from pbx.core.ids import LegId, Token
from pbx.ivr.effects import PageGroup
from pbx.ivr.events import PageEnded
from pbx.media.dialogue import PlayPrompts, PromptsEnded, Say
from pbx.media.effects import JoinRoom, LeaveRoom, Play, ToneSource
from pbx.media.events import PlayEnded
from pbx.sip.alert import Alert
from pbx.sip.effects import HangUp, LookUpAor
from pbx.sip.events import AorFound, Contact, LegAnswered, LegRejected

MAX_PAGED = 50  # telephones of one page; a worker mixes 200, and other calls have to go on
ANSWER_S = 5.0  # for a telephone that answers by itself; one that rings is not rung for long
TONE_MS = 400
TONE = Token(-2)  # never a token of a feature
AT_ONCE = 0.0  # a time that has passed
ALERT = Alert(answer_after_s=0)
OVER = (200, "Page over")  # so that no telephone logs a missed call (RFC 3326)


class Paging:
    """At most one page at a time."""

    __slots__ = (
        "_answer_due",
        "_connect",
        "_due",
        "_has_begun",
        "_legs",
        "_lookups",
        "_said",
        "_talks",
        "_tokens",
    )

    def __init__(self, connect: Connect, tokens: Tokens) -> None:
        self._connect, self._tokens = connect, tokens
        self._said: Say | None = None  # in the place of the caller
        self._talks: dict[LegId, Talk] = {}
        self._lookups: dict[Token, str] = {}
        self._legs: list[Leg] = []
        self._due: float | None = None  # None = no page is on
        self._answer_due: float | None = None
        self._has_begun = False  # somebody hears the caller

    @property
    def deadline(self) -> float | None:
        """When the page is over, or those that only ring are given up; at once when nobody is left."""
        if self._due is None:
            return None
        if not self._lookups and all(leg.state is LegState.ENDED for leg in self._legs):
            return AT_ONCE
        return self._due if self._answer_due is None else min(self._due, self._answer_due)

    def begin(self, order: PageGroup, now: float) -> list[Ordered]:
        """Look for the telephones of everybody who is free; the page lasts from now."""
        start = self._connect.start
        kind, _, name = order.target.partition("/")
        members = start.context.groups.get(name, ()) if kind == "group" else (name,)
        engaged = start.trunks.engaged(start.context.tenant)
        done: list[Ordered] = [*self.stop()]
        self._legs, self._has_begun, self._said = [], False, order.said
        self._due, self._answer_due = now + order.most_s, now + ANSWER_S
        for extension in members:
            if f"extension/{extension}" in engaged:
                start.trail.note(f"extension {extension} is engaged: not paged", now)
                continue
            token = start.tokens.next()
            self._lookups[token] = extension
            done.append(LookUpAor(token=token, domain=start.context.domain, user=extension))
        return done

    def take(self, event: AorFound | LegAnswered | LegRejected, now: float) -> list[CallEffect] | None:
        """What becomes of a telephone that is paged, None = it is none."""
        if isinstance(event, AorFound):
            extension = self._lookups.pop(event.token, None)
            return None if extension is None else self._called(extension, event.contacts, now)
        leg = self._connect.legs.get(event.leg)
        if leg is None or not leg.is_paged:
            return None
        if isinstance(event, LegRejected):
            return self._connect.rejected(event, now)[0]
        return self._answered(leg, event, now)

    def heard(self, event: FeatureEvent) -> list[CallEffect]:
        """What a telephone says in the place of the caller, to its end: then it is hung up."""
        done: list[CallEffect] = []
        for leg, talk in list(self._talks.items()):
            ended: PromptsEnded | None = None
            match event:
                case PlayEnded() if event.leg == leg:
                    ended = talk.play_ended(event)
                case PromptsReady():
                    effects, ended = talk.ready(event)
                    done += effects
                case PromptsMissing():
                    ended = talk.missing(event)
            if ended is not None:
                del self._talks[leg]
                done += self._drop(self._connect.legs[leg])
        return done

    def restored(self, leg: Leg) -> list[CallEffect]:
        """A leg has another media worker, in which it sits nowhere."""
        is_caller = leg is self._connect.caller
        sits = self._has_begun and leg.state is LegState.ANSWERED and (is_caller or leg.is_paged)
        if self._due is None or not sits:
            return []
        return [JoinRoom(leg=leg.id, room=self._room, muted=not is_caller)]

    def tick(self, now: float) -> list[Ordered]:
        """The page is over, or who has not answered by himself is left out."""
        if self.deadline is None or self.deadline > now:
            return []
        if self.deadline == AT_ONCE or (self._due is not None and self._due <= now):
            ended = PageEnded(outcome="next" if self._has_begun else "none")
            over: list[Ordered] = [*self.stop(), ended]
            return over
        self._answer_due = None
        return [done for leg in self._legs if leg.state is not LegState.ANSWERED for done in self._drop(leg)]

    def stop(self) -> list[CallEffect]:
        """Nobody is to be heard by them any more."""
        if self._due is None:
            return []
        legs, self._legs = self._legs, []
        self._due, self._lookups, self._talks = None, {}, {}
        left: list[CallEffect] = [LeaveRoom(leg=self._connect.caller.id)] if self._has_begun else []
        return [*left, *(done for leg in legs for done in self._drop(leg))]

    def _called(self, extension: str, contacts: tuple[Contact, ...], now: float) -> list[CallEffect]:
        connect = self._connect
        if not contacts:
            connect.start.trail.note(f"extension {extension} has no telephone: skipped", now)
        done: list[CallEffect] = []
        for contact in contacts[: max(0, MAX_PAGED - len(self._legs))]:
            leg = connect.add(f"extension/{extension}", extension, now)
            leg.is_paged = True
            self._legs.append(leg)
            connect.call(leg, replace(device_call(leg.id, extension, contact, connect.start), alert=ALERT))
            done.append(connect.open(leg))
        return done

    def _answered(self, leg: Leg, event: LegAnswered, now: float) -> list[CallEffect]:
        leg.state, leg.answered_at = LegState.ANSWERED, self._connect.time(now)
        described = try_agreed(leg, event)
        if self._due is None or leg.audio is None:
            return [*described, HangUp(leg=leg.id)]
        if self._said is not None:
            talk = self._talks[leg.id] = Talk(self._connect.belongs_to[0], leg.id, self._tokens)
            play = PlayPrompts(token=Token(1), prompts=(self._said,))
            return [*described, connect_leg(leg.id, leg.audio), *talk.perform(play)]
        hears = JoinRoom(leg=leg.id, room=self._room, muted=True)
        return [*described, connect_leg(leg.id, leg.audio), *self._speaks(), hears]

    def _speaks(self) -> list[CallEffect]:
        """With the first that hears him the caller hears a tone, and may speak."""
        if self._has_begun:
            return []
        self._has_begun = True
        caller, country = self._connect.caller, self._connect.start.context.country.lower()
        tone = ToneSource(country=country, tone="record", duration_ms=TONE_MS)
        return [JoinRoom(leg=caller.id, room=self._room), Play(leg=caller.id, token=TONE, sources=(tone,))]

    @property
    def _room(self) -> str:
        return f"page/{self._connect.belongs_to[0]}"

    def _drop(self, leg: Leg) -> list[CallEffect]:
        if leg.state in (LegState.OPENING, LegState.ENDED):
            return self._connect.drop(leg)
        return [HangUp(leg=leg.id, cause=OVER[0], text=OVER[1])]
