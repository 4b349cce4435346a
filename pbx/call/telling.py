"""Telling: people who talk hear of the recording before what they say is kept, where no flow has told them.

Each who has to be told hears the announcement in the place of the other party; the journal may run meanwhile
and has only that in it. No gate opens before the last of them has heard it or agreed: who refuses ends the
recording for all. In a room each is told for himself, and who refuses is not in the recording.
"""

from dataclasses import dataclass, field

from pbx.call.capture import Capture, Untold
from pbx.call.context import CallContext
from pbx.call.effects import CallEffect
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.hold import HEARS
from pbx.call.keys import Keys
from pbx.call.leg import Leg
from pbx.call.ordered import FeatureEvent
from pbx.call.talk import Talk
from pbx.call.tokens import Tokens
from pbx.call.tongues import dialogue
from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentDecision, ConsentEffect, ConsentProof, ConsentSettled
from pbx.consent.events import ConsentEvent, ConsentStarted
from pbx.core.ids import CallId, LegId
from pbx.media.dialogue import SecureEntry
from pbx.media.events import DigitReceived, PlayEnded
from pbx.sip.events import InfoDigit


@dataclass(slots=True)
class _Party:
    """One who is being told."""

    leg: Leg
    rule: ConsentDecision
    purposes: tuple[str, ...]
    dialogue: ConsentDialogue
    talk: Talk
    is_deaf: bool  # he holds us
    keys: Keys = field(default_factory=Keys)


class Telling:
    """At most one dialogue per party of the pair that talks, or with one party that sits in a room."""

    __slots__ = ("_agreed", "_call", "_capture", "_context", "_pair", "_parties", "_tokens", "is_joining")

    def __init__(self, call: CallId, context: CallContext, capture: Capture, tokens: Tokens) -> None:
        self._call, self._context, self._capture, self._tokens = call, context, capture, tokens
        self._parties: dict[LegId, _Party] = {}
        self._agreed: list[tuple[LegId, ConsentProof]] = []  # while the other is being told
        self._pair: tuple[Leg, Leg] | None = None
        self.is_joining = False  # what they are told of runs already, with somebody in it

    @property
    def is_busy(self) -> bool:
        """Whether somebody is being told."""
        return bool(self._parties)

    @property
    def deadline(self) -> float | None:
        """The earliest of the dialogues."""
        dues = (one.dialogue.deadline for one in self._parties.values() if not one.is_deaf)
        return min((due for due in dues if due is not None), default=None)

    def joined(self, leg: Leg, other: Leg, now: float) -> list[CallEffect]:
        """`leg` was bridged with `other`: who of them is recorded, and who is told so before."""
        return [*self._capture.joined(leg, other, now), *self.begin(leg, other, now)]

    def somebody_new(self, leg: Leg, other: Leg | None, now: float) -> list[CallEffect]:
        """Somebody else speaks on `leg`: what was agreed was not with him."""
        unheard = self.stop(now)
        forgotten = [*unheard, *self._capture.forget(leg.id)]
        return [*forgotten, *(self.joined(leg, other, now) if other is not None else [])]

    def asks(self, leg: LegId) -> bool:
        """Whether a party is being told or asked."""
        return leg in self._parties

    def tell(self, leg: Leg, decision: ConsentDecision, now: float) -> list[CallEffect]:
        """A party in a room is told for itself: what becomes of its voice waits for nobody else."""
        if self.is_paired:
            return []
        self._pair = None
        return self._tell(leg, decision, self._context.purposes, now)

    @property
    def is_paired(self) -> bool:
        """Whether two who talk are being told, neither for itself."""
        return self._pair is not None and self.is_busy

    def leave(self, leg: LegId, now: float) -> list[CallEffect]:
        """There is nothing any more that a party in a room has to be told; two who talk are told on."""
        return self.stop(now) if self._pair is None and self.asks(leg) else []

    def begin(self, leg: Leg, other: Leg, now: float) -> list[CallEffect]:
        """Two parties talk from now on; who has to be told before he is recorded is told."""
        done = self.stop(now)
        self._pair, self.is_joining = (leg, other), self._capture.is_joined
        begun, untold = self._capture.begin(leg, other, now)
        return [*done, *begun, *self._ask(untold, now)]

    def _ask(self, untold: Untold, now: float) -> list[CallEffect]:
        purposes = self._capture.ruling.purposes
        return [done for one, rule in untold for done in self._tell(one, rule, purposes, now)]

    def stop(self, now: float) -> list[CallEffect]:
        """They talk no more: whoever was not told to the end was not told."""
        parties, self._parties, self._pair, self.is_joining = self._parties, {}, None, False
        agreed, self._agreed = self._agreed, []
        kept = [effect for leg, proof in agreed for effect in self._capture.heard(leg, proof, True, now)]
        return [*(effect for party in parties.values() for effect in party.talk.stop()), *kept]

    def recording_changed(self, now: float) -> list[CallEffect]:
        """What somebody has joined may have failed: then nobody is to be asked about it."""
        return self.stop(now) if self.is_joining and not self._capture.is_running else []

    def reoffered(self, leg: LegId, now: float) -> list[CallEffect]:
        """The audio of a party is another: who cannot hear us is told nothing until he can, and then all."""
        party = self._parties.get(leg)
        if party is None or party.is_deaf == _is_deaf(party.leg):
            return []
        return [*party.talk.stop(), *self._tell(party.leg, party.rule, party.purposes, now)]

    def resumed(self, leg: LegId, now: float) -> list[CallEffect]:
        """The leg has another media worker: its announcement begins anew."""
        party = self._parties.get(leg)
        if party is None:
            return []
        effects, ended = party.talk.resumed()
        return [*effects, *(done for one in ended for done in self._hear(leg, one, now))]

    def tick(self, now: float) -> list[CallEffect]:
        """A party does not answer, or its player does not."""
        done: list[CallEffect] = []
        for leg, party in list(self._parties.items()):
            done += self._run(leg, party.dialogue.tick(now), now)
        return done

    def take(self, event: FeatureEvent, now: float) -> list[CallEffect]:
        """A key of a party that is told, or its prompt; nothing of anybody else."""
        done: list[CallEffect] = []
        for leg, party in list(self._parties.items()):
            match event:
                case DigitReceived() | InfoDigit() if event.leg == leg:
                    for key in party.keys.pressed(event, now):
                        done += self._hear(leg, key, now)
                case PlayEnded() if event.leg == leg and (over := party.talk.play_ended(event)) is not None:
                    done += self._hear(leg, over, now)
                case PromptsReady():
                    effects, stopped = party.talk.ready(event)
                    done += [*effects, *(self._hear(leg, stopped, now) if stopped is not None else [])]
                case PromptsMissing() if (missed := party.talk.missing(event)) is not None:
                    done += self._hear(leg, missed, now)
        return done

    def _tell(
        self, leg: Leg, rule: ConsentDecision, purposes: tuple[str, ...], now: float
    ) -> list[CallEffect]:
        machine = dialogue(self._context, leg, rule, purposes)
        talk, is_deaf = Talk(self._call, leg.id, self._tokens), _is_deaf(leg)
        self._parties[leg.id] = _Party(leg, rule, purposes, machine, talk, is_deaf)
        return self._hear(leg.id, ConsentStarted(), now) if not is_deaf else []

    def _hear(self, leg: LegId, event: ConsentEvent, now: float) -> list[CallEffect]:
        party = self._parties.get(leg)
        return self._run(leg, party.dialogue.handle(event, now), now) if party is not None else []

    def _run(self, leg: LegId, effects: list[ConsentEffect], now: float) -> list[CallEffect]:
        done: list[CallEffect] = []
        for effect in effects:
            if isinstance(effect, ConsentSettled):
                done += self._settled(leg, effect, now)
            elif (party := self._parties.get(leg)) is not None and not isinstance(effect, SecureEntry):
                done += party.talk.perform(effect)
        return done

    def _settled(self, leg: LegId, settled: ConsentSettled, now: float) -> list[CallEffect]:
        self._parties.pop(leg, None)
        if self._pair is None:
            return self._capture.heard(leg, settled.proof, settled.record, now)
        if self.is_joining:
            return self._answered(leg, settled, self._pair, now)
        if not settled.record:
            self._capture.ruling.is_ordered = False
            return [*self._capture.settle(leg, settled.proof, False, now), *self.stop(now)]
        self._agreed.append((leg, settled.proof))
        if self._parties:
            return []
        agreed, self._agreed = self._agreed, []
        opened = [done for one, proof in agreed for done in self._capture.settle(one, proof, True, now)]
        return [*opened, *self._capture.told(*self._pair)]

    def _answered(
        self, leg: LegId, settled: ConsentSettled, pair: tuple[Leg, Leg], now: float
    ) -> list[CallEffect]:
        """One of two, of whom one has joined; whoever is to be asked because he agreed comes next."""
        one, other = pair if pair[0].id == leg else pair[::-1]
        done = self._capture.answered(one, other, settled, now)
        if not self._capture.is_running:
            return [*done, *self.stop(now)]
        return [*done, *(() if self._parties else self._ask(self._capture.to_ask(*pair), now))]


def _is_deaf(leg: Leg) -> bool:
    """Whether we may send a party nothing (RFC 3264 §8.4)."""
    return leg.audio is not None and leg.audio.direction not in HEARS
