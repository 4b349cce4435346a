"""AssistedEntry: one of two who talk types a secret for the other, who stays and hears none of it.

From the order until 300 ms after the end nobody hears the typist: no agent, recording, supervisor, recorder
of others or bot. What a detector finds could be cut out of a delayed voice; what it misses could not (R-21).
So he is mute, and the agent hears a short tone for each key. The end needs nobody (R-20).
"""

from dataclasses import dataclass

from pbx.call.assisted_check import AssistedCheck
from pbx.call.audible import audible, holds, is_away
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import Audit, CallEffect, DeliverEntry, EntryField
from pbx.call.events import CallerChecked, EntryDelivered, SecureEntryOrdered
from pbx.call.features import Features
from pbx.call.indicator import Indicator
from pbx.call.keys import Keys
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import FeatureEvent
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId, Token
from pbx.media.collector import Collected, CollectorSettings, DigitCollector
from pbx.media.effects import Play, SetSecure, ToneSource
from pbx.media.entry_guard import MAX_HELD_S, TAIL_S
from pbx.media.events import DigitReceived
from pbx.sip.events import InfoDigit
from pbx.verify.date_of_birth import DIGITS

LONGEST_S = 240.0  # shorter than a pause of the recording may last
FIRST_S, BETWEEN_S = 60.0, 20.0  # a card is looked for, and read from
MAX_DIGITS = 32  # a card has 19, an IBAN's digits are 32 at most
DELIVERY_S = 5.0  # for the receiver of digits; then nobody knows whether it has them
KEY_MS = 60
KEY_TONE = Token(-4)  # never a token of a feature
REASON = "secure entry"
ALONE = "no extension of ours talks with anybody in it"
BUSY, IDLE = "something is typed in it already", "nothing is typed in it"
ASKED = "a party is being told of the recording"
NO_RECEIVER = "digits have no receiver: see secure_entry of verification.yaml"
_TYPED = {
    "date_of_birth": CollectorSettings(
        min_digits=DIGITS,
        max_digits=DIGITS,
        first_digit_timeout_s=FIRST_S,
        inter_digit_timeout_s=BETWEEN_S,
    ),
    "digits": CollectorSettings(
        max_digits=MAX_DIGITS, first_digit_timeout_s=FIRST_S, inter_digit_timeout_s=BETWEEN_S
    ),
}


@dataclass(slots=True)
class _Entry:
    """Who types, for whom, and by when it is over."""

    typist: Leg
    agent: Leg
    what: EntryField
    collector: DigitCollector
    keys: Keys
    ends_at: float
    has_paused: bool = False  # the recording, which somebody else may have paused before


class AssistedEntry:
    """At most one of a call; times in monotonic seconds.

    A hold does not end it: whoever comes back finds the typist as mute as before, or the time is up.
    """

    __slots__ = (
        "_asker",
        "_capture",
        "_check",
        "_connect",
        "_delivery",
        "_entry",
        "_features",
        "_heard_at",
        "_indicator",
    )

    def __init__(self, connect: Connect, capture: Capture, features: Features, indicator: Indicator) -> None:
        self._connect, self._capture, self._features, self._indicator = connect, capture, features, indicator
        start = connect.start
        self._check = AssistedCheck(features.verifying, start.offered.leg, start.claimed)
        self._entry: _Entry | None = None
        self._heard_at: tuple[LegId, float] | None = None  # who has typed last, and when it ended
        self._asker: LegId | None = None  # who is to be told what came of it
        self._delivery: tuple[Token, float] | None = None  # of digits, and until when

    @property
    def is_on(self) -> bool:
        """Whether a secret is being typed."""
        return self._entry is not None

    @property
    def is_busy(self) -> bool:
        """Whether audio has to go through us: somebody types, or may be mute still."""
        return self._entry is not None or self._heard_at is not None

    @property
    def deadline(self) -> float | None:
        """When nobody types any more, a verdict may be told, or the audio may go another way again."""
        entry, heard, delivery = self._entry, self._heard_at, self._delivery
        dues = [self._check.deadline]
        if entry is not None:
            dues += [entry.ends_at, entry.collector.deadline]
        dues += [heard[1] + MAX_HELD_S + TAIL_S if heard is not None else None]
        dues += [delivery[1] if delivery is not None else None]
        return min((due for due in dues if due is not None), default=None)

    def secured(self, leg: LegId) -> list[CallEffect]:
        """What another media worker has to know before the first packet."""
        entry = self._entry
        return [SetSecure(leg=leg, on=True)] if entry is not None and entry.typist.id == leg else []

    def refusal(self, what: EntryField, *, on: bool) -> str:
        """Return why an order from outside would change nothing, "" = it will."""
        if not on:
            return IDLE if self._entry is None else ""
        pair = self._pair()
        return ALONE if pair is None else self._objection(pair[1], what)

    def ordered(self, order: SecureEntryOrdered, now: float) -> list[CallEffect]:
        """Somebody outside of the call; what is as it was wished already changes nothing."""
        if not order.on:
            return self._end("cancelled", now)
        pair = self._pair()
        if pair is None or self._objection(pair[1], order.what):
            return []
        return self._begin(pair, order.what, order.actor, now)

    def by_agent(self, agent: Leg, other: Leg, what: EntryField, now: float) -> list[CallEffect]:
        """A code that an extension presses; the second time it ends what is being typed."""
        if self._entry is not None:
            return self._end("cancelled", now)
        if self._objection(other, what):
            self._indicator.say(agent, "entry_refused")
            return []
        return self._begin((agent, other), what, agent.party, now)

    def _pair(self) -> tuple[Leg, Leg] | None:
        """Who asks and who types: of two colleagues, the one who has called types."""
        talkers = audible(self._connect)
        if talkers is None:
            return None
        ours = [leg for leg in talkers if leg.party.startswith("extension/")]
        if not ours:
            return None
        agent = next((leg for leg in ours if leg.role != "caller"), ours[0])
        return agent, next(leg for leg in talkers if leg is not agent)

    def _objection(self, typist: Leg, what: EntryField) -> str:
        if self._entry is not None or self._delivery is not None or self._check.deadline is not None:
            return BUSY
        if self._features.telling.is_busy:
            return ASKED
        if what == "digits":
            return "" if self._connect.start.context.takes_entries else NO_RECEIVER
        return self._check.refusal(typist.id)

    def _begin(self, pair: tuple[Leg, Leg], what: EntryField, actor: str, now: float) -> list[CallEffect]:
        agent, typist = pair
        collector = DigitCollector(_TYPED[what], now)
        self._entry = _Entry(typist, agent, what, collector, Keys(), now + LONGEST_S)
        self._heard_at = None
        self._indicator.say(agent, "entry_begins")
        fact = self._audit("secure_entry.began", actor=actor, party=typist.party, what=what)
        asked = self._check.prepare() if what == "date_of_birth" else []
        return [SetSecure(leg=typist.id, on=True), *self._paused(now), fact, *asked]

    def _paused(self, now: float) -> list[CallEffect]:
        """Nothing is recorded of either: the agent may say what he was told, and the tones count the keys."""
        entry, capture = self._entry, self._capture
        if entry is None or not capture.is_running or capture.paused is not None:
            return []
        done = capture.pause(entry.agent.party, REASON, now)
        entry.has_paused = entry.has_paused or bool(done)
        return done

    def typed(self, event: DigitReceived | InfoDigit, now: float) -> list[CallEffect] | None:
        """A key of a party; None = it is no secret. In the last 300 ms it is for nobody."""
        entry, heard = self._entry, self._heard_at
        if entry is None or event.leg != entry.typist.id:
            is_tail = heard is not None and heard[0] == event.leg and now < heard[1] + TAIL_S
            return [] if is_tail else None
        done: list[CallEffect] = []
        for key in entry.keys.pressed(event, now):
            done += self._tone(entry.agent)
            collected = entry.collector.press(key.digit.reveal(), now)
            if collected is not None:
                return [*done, *self._collected(entry, collected, now)]
        return done

    def _tone(self, agent: Leg) -> list[CallEffect]:
        """Let the agent hear that a key was pressed, whichever it was."""
        if is_away(agent) or holds(agent) or agent.hears_music:
            return []
        country = self._connect.start.context.country.lower()
        tone = ToneSource(country=country, tone="record", duration_ms=KEY_MS)
        return [Play(leg=agent.id, token=KEY_TONE, sources=(tone,))]

    def _collected(self, entry: _Entry, collected: Collected, now: float) -> list[CallEffect]:
        if not collected.complete:
            return self._end("timed out" if collected.timed_out else "incomplete", now)
        ended = self._end("complete", now)
        self._asker = entry.agent.id
        if entry.what == "digits":
            token = self._features.tokens.next()
            self._delivery = token, now + DELIVERY_S
            call, tenant = self._connect.belongs_to
            digits, actor = collected.digits, entry.agent.party
            order = DeliverEntry(call=call, token=token, tenant=tenant, digits=digits, actor=actor)
            return [*ended, order]
        asked = self._check.ask(collected.digits, self._capture.time(now).date(), now)
        if asked is None:
            self._indicator.say(entry.agent, "entry_malformed")
            return ended
        return [*ended, *asked]

    def take(self, event: FeatureEvent | SecureEntryOrdered | EntryDelivered, now: float) -> list[CallEffect]:
        """An order, or an answer of the store or of the receiver."""
        match event:
            case SecureEntryOrdered():
                return self.ordered(event, now)
            case CallerChecked():
                return self._check.take(event)
            case EntryDelivered() if self._delivery is not None and event.token == self._delivery[0]:
                return [self._delivered(event.failed)]
            case _:
                return []

    def follow(self, now: float) -> list[CallEffect]:
        """Something may have changed: it ends with the talk of the two; until then nothing is recorded."""
        entry = self._entry
        if entry is None:
            return []
        both = (entry.typist, entry.agent)
        is_together = self._connect.other(entry.typist) is entry.agent
        if not is_together or any(leg.state is not LegState.ANSWERED for leg in both):
            return self._end("parted", now)
        return [*self._paused(now)]

    def leave(self, now: float) -> list[CallEffect]:
        """One of the two is about to be in another call."""
        return self._end("parted", now)

    def tick(self, now: float) -> list[CallEffect]:
        """The time is up, a verdict may be told, or the typist is heard in any case."""
        done: list[CallEffect] = []
        entry, delivery = self._entry, self._delivery
        if entry is not None:
            collected = entry.collector.tick(now)
            if collected is not None:
                done += self._collected(entry, collected, now)
            elif now >= entry.ends_at:
                done += self._end("timed out", now)
        if self._heard_at is not None and now >= self._heard_at[1] + MAX_HELD_S + TAIL_S:
            self._heard_at = None
        if delivery is not None and now >= delivery[1]:
            done.append(self._delivered("no answer"))
        settled, is_right = self._check.tick(now)
        if is_right is not None:
            self._tell(is_right=is_right)
        return [*done, *settled]

    def _tell(self, *, is_right: bool) -> None:
        leg = self._connect.legs.get(self._asker) if self._asker is not None else None
        if leg is not None:
            self._indicator.say(leg, "entry_confirmed" if is_right else "entry_unconfirmed")

    def _end(self, how: str, now: float) -> list[CallEffect]:
        entry, self._entry = self._entry, None
        if entry is None:
            return []
        typist, capture = entry.typist, self._capture
        self._heard_at = typist.id, now
        if how in ("cancelled", "timed out", "incomplete"):
            self._indicator.say(entry.agent, "entry_ends")
        has_port = typist.port_open and not typist.is_port_closing
        heard: list[CallEffect] = [SetSecure(leg=typist.id, on=False)] if has_port else []
        goes_on = capture.unpause(entry.agent.party, REASON, now) if entry.has_paused else []
        return [*heard, *goes_on, self._audit("secure_entry.ended", party=typist.party, how=how)]

    def _delivered(self, failed: str) -> Audit:
        """That digits were handed over, not which nor how many."""
        self._delivery = None
        self._tell(is_right=not failed)
        return self._audit("secure_entry.delivered", failed=failed)

    def _audit(self, kind: str, **details: str) -> Audit:
        call, tenant = self._connect.belongs_to
        return Audit(fact=AuditFact(kind=kind, call=call, tenant=tenant, details={**details}))
