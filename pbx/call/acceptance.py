"""Acceptance: who is called at a number outside takes the call by a key; until then it rings on (CF-12).

an answer -> held back, the party is asked -> the key: the answer counts now
                                           -> no key: its leg is hung up, which counts as a refusal
"""

from dataclasses import dataclass

from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.keys import Keys
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import FeatureEvent
from pbx.call.talk import Talk
from pbx.call.tokens import Tokens
from pbx.core.ids import LegId
from pbx.core.phone import mask
from pbx.media.dialogue import DialogueEvent
from pbx.media.events import DigitReceived, PlayEnded
from pbx.services.accepting import (
    MOST_S,
    Accepted,
    Accepting,
    AcceptingEffect,
    AcceptingEvent,
    AcceptingStarted,
    NotAccepted,
)
from pbx.sip.effects import HangUp
from pbx.sip.events import InfoDigit, LegAnswered

NOT_TAKEN = "not_accepted"  # cause of a leg whose party has not pressed the key
DECLINED = 603  # so that the carrier hears that nobody has taken the call (RFC 3326)


@dataclass(slots=True)
class _Asked:
    event: LegAnswered
    leg: Leg
    machine: Accepting
    talk: Talk
    keys: Keys


class Acceptance:
    """The parties that are asked now, by leg; several may be, and the first that takes the call has it."""

    __slots__ = ("_asked", "_connect", "_taken", "_tokens")

    def __init__(self, connect: Connect, tokens: Tokens) -> None:
        self._connect, self._tokens = connect, tokens
        self._asked: dict[LegId, _Asked] = {}
        self._taken: list[LegAnswered] = []

    @property
    def deadline(self) -> float | None:
        """When somebody has taken too long for a key."""
        dues = (one.machine.deadline for one in self._asked.values())
        return min((due for due in dues if due is not None), default=None)

    def answered(self, event: LegAnswered, now: float) -> list[CallEffect] | None:
        """Ask whoever has answered, None = there is nothing to ask."""
        leg = self._connect.legs.get(event.leg)
        if leg is None or not leg.is_to_accept or leg.id in self._asked:
            return None
        described = self._connect.asks(event, now, MOST_S)
        if described is None:
            return None
        call, context = self._connect.belongs_to[0], self._connect.start.context
        talk = Talk(call, leg.id, self._tokens)
        self._asked[leg.id] = _Asked(event, leg, Accepting(context.language), talk, Keys())
        return [*described, *self._hear(leg.id, AcceptingStarted(), now)]

    def take(self, event: FeatureEvent, now: float) -> list[CallEffect]:
        """A key of somebody who is asked, or his prompt; nothing of anybody else."""
        done: list[CallEffect] = []
        for leg, one in list(self._asked.items()):
            match event:
                case DigitReceived() | InfoDigit() if event.leg == leg:
                    for key in one.keys.pressed(event, now):
                        done += self._hear(leg, key, now)
                case PlayEnded() if event.leg == leg:
                    done += self._told(leg, one.talk.play_ended(event), now)
                case PromptsReady():
                    effects, stopped = one.talk.ready(event)
                    done += [*effects, *self._told(leg, stopped, now)]
                case PromptsMissing():
                    done += self._told(leg, one.talk.missing(event), now)
        return done

    def tick(self, now: float) -> list[CallEffect]:
        """Somebody has pressed no key in time."""
        done: list[CallEffect] = []
        for leg, one in list(self._asked.items()):
            done += self._run(leg, one.machine.tick(now), now)
        return done

    def taken(self) -> list[LegAnswered]:
        """Return the answers that count from now on, each once."""
        taken, self._taken = self._taken, []
        return [one for one in taken if self._connect.legs[one.leg].state is not LegState.ENDED]

    def inherit(self, other: "Acceptance", now: float) -> list[CallEffect]:
        """Whoever was asked in another call has come into this one with his leg: he is asked anew."""
        asked, other._asked, other._taken = other._asked, {}, []  # noqa: SLF001 - of its own kind
        return [done for one in asked.values() for done in self.answered(one.event, now) or ()]

    def stop(self) -> list[CallEffect]:
        """The call is somebody's, or over: nobody is asked any more."""
        asked, self._asked, self._taken = self._asked, {}, []
        return [done for one in asked.values() if one.leg.port_open for done in one.talk.stop()]

    def _told(self, leg: LegId, event: DialogueEvent | None, now: float) -> list[CallEffect]:
        return self._hear(leg, event, now) if event is not None else []

    def _hear(self, leg: LegId, event: AcceptingEvent, now: float) -> list[CallEffect]:
        one = self._asked.get(leg)
        return self._run(leg, one.machine.handle(event, now), now) if one is not None else []

    def _run(self, leg: LegId, effects: list[AcceptingEffect], now: float) -> list[CallEffect]:
        one = self._asked[leg]
        if one.leg.state is LegState.ENDED:
            del self._asked[leg]
            return []
        done: list[CallEffect] = []
        for effect in effects:
            match effect:
                case Accepted():
                    del self._asked[leg]
                    one.leg.is_to_accept = False
                    self._note(one.leg, "takes the call", now)
                    self._taken.append(one.event)
                case NotAccepted():
                    del self._asked[leg]
                    one.leg.cause = NOT_TAKEN
                    self._note(one.leg, "has picked up, and pressed no key to take the call", now)
                    done.append(HangUp(leg=leg, cause=DECLINED, text="Not accepted"))
                case _:
                    done += one.talk.perform(effect)
        return done

    def _note(self, leg: Leg, words: str, now: float) -> None:
        self._connect.start.trail.note(f"{mask(leg.number)} {words}", now)
