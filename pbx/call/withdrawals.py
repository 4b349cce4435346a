"""Withdrawals: a party takes back its consent in the call, by a key, an agent or from outside (C-06)."""

from collections.abc import Callable

from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.events import WithdrawalOrdered
from pbx.call.gate_order import shut_first
from pbx.call.indicator import Indicator
from pbx.call.key_sequence import KeySequence
from pbx.call.leg import Leg, LegState
from pbx.call.telling import Telling
from pbx.core.ids import LegId

UNKNOWN = "no such party talks in this call"
MANDATORY = "this call has to be recorded"


class Withdrawals:
    """Nothing more is kept of who withdraws, in this call or another that his leg comes into.

    While he types a secret his keys are for that alone: nothing is kept of them, or of him.
    """

    __slots__ = ("_begun", "_capture", "_connect", "_indicator", "_is_secret", "_key", "_telling")

    def __init__(
        self,
        connect: Connect,
        capture: Capture,
        telling: Telling,
        indicator: Indicator,
        *,
        is_secret: Callable[[LegId], bool],
    ) -> None:
        self._connect, self._capture, self._telling, self._indicator = connect, capture, telling, indicator
        self._is_secret = is_secret
        self._key = connect.start.context.withdraw_key
        self._begun = KeySequence((self._key,) if self._key is not None else ())

    @property
    def parties(self) -> tuple[str, ...]:
        """Who has refused: `trunk/carrier`, `extension/1001`."""
        legs = self._connect.legs
        return tuple(legs[leg].party for leg in self._capture.refusing() if leg in legs)

    def pressed(self, leg: Leg, key: str, now: float) -> list[CallEffect]:
        """A key of any party, once; whoever is alone with a flow may withdraw as well."""
        if self._key is None or leg.state is not LegState.ANSWERED or self._is_secret(leg.id):
            return []
        if not self._begun.pressed(leg.id, key, now):
            return []
        return self._withdraw(leg, leg.party, f"key {self._key}", now)

    def by_agent(self, agent: Leg, other: Leg, now: float) -> list[CallEffect]:
        """A code that an extension presses, because the other party wishes it."""
        return self._withdraw(other, agent.party, agent.party, now)

    def ordered(self, order: WithdrawalOrdered, now: float) -> list[CallEffect]:
        """Somebody outside of the call; of a party that is not there nothing is taken back."""
        leg = self.found(order.leg)
        if leg is None:
            return [self._capture.facts.refused(order.actor, UNKNOWN)]
        return self._withdraw(leg, order.actor, order.reason or order.actor, now)

    def found(self, leg: str) -> Leg | None:
        """The party by its leg; "" = who is no telephone of ours, None when there is none, or are several."""
        legs = [one for one in self._connect.legs.values() if one.state is LegState.ANSWERED]
        if leg:
            return next((one for one in legs if one.id == leg), None)
        strangers = [one for one in legs if not one.party.startswith("extension/")]
        return strangers[0] if len(strangers) == 1 else None

    def refusal(self, leg: str) -> str:
        """Return why an order from outside would change nothing, "" = it will."""
        if self._is_mandatory:
            return MANDATORY
        return UNKNOWN if self.found(leg) is None else ""

    @property
    def _is_mandatory(self) -> bool:
        """The tenant wants every call recorded, or the law this one."""
        return self._capture.is_mandatory or not self._connect.start.context.may_withdraw

    def _withdraw(self, leg: Leg, actor: str, reason: str, now: float) -> list[CallEffect]:
        capture, facts = self._capture, self._capture.facts
        if self._is_mandatory:
            self._indicator.say(leg, "refused")
            return [facts.audit("consent.withdrawal_refused", actor=actor, party=leg.party, reason=reason)]
        other = self._connect.other(leg)
        key = self._key or "" if actor == leg.party else ""
        unheard = self._unheard(now)
        done = capture.withdraw(leg, other, (f"withdrawn by {actor}", key), now)
        if not done:
            return unheard
        self._indicator.say(leg, "heard")
        if other is not None:
            self._indicator.explained(leg, other)
        if other is not None and other.party.startswith("extension/"):
            self._indicator.say(other, "withdrawn")
        fact = facts.audit("consent.withdrawal", actor=actor, party=leg.party, reason=reason)
        return shut_first([*unheard, *done, fact])

    def _unheard(self, now: float) -> list[CallEffect]:
        """Who is being told of the recording has no need to be any more: who refuses ends it for all.

        What runs already because others have agreed goes on, or not, as after every withdrawal.
        """
        if not self._telling.is_busy:
            return []
        if self._telling.is_joining:
            return self._telling.stop(now)
        self._capture.ruling.is_ordered = False
        return [*self._telling.stop(now), *self._capture.stop("not_consented")]
