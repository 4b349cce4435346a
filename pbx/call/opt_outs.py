"""OptOuts: whoever is called for marketing wants no more of it, by a key, or an agent says so (C-15)."""

from collections.abc import Callable

from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.indicator import Indicator
from pbx.call.key_sequence import KeySequence
from pbx.call.leg import Leg, LegState
from pbx.call.refusals import number_of
from pbx.core.ids import LegId
from pbx.marketing.effects import How


class OptOuts:
    """The key is that of people who were called for marketing; the code, of any extension in any call.

    While somebody types a secret his keys are for that alone.
    """

    __slots__ = ("_begun", "_connect", "_indicator", "_is_secret", "_key")

    def __init__(self, connect: Connect, indicator: Indicator, *, is_secret: Callable[[LegId], bool]) -> None:
        self._connect, self._indicator, self._is_secret = connect, indicator, is_secret
        self._key = connect.start.outreach.key(connect.start.context.tenant)
        self._begun = KeySequence((self._key,) if self._key is not None else ())

    def pressed(self, leg: Leg, other: Leg | None, key: str, now: float) -> list[CallEffect]:
        """A key of any party, once."""
        if self._key is None or not leg.is_outreach or self._is_secret(leg.id):
            return []
        if leg.state is not LegState.ANSWERED or not self._begun.pressed(leg.id, key, now):
            return []
        self._indicator.say(leg, "not_called")
        if other is not None and other.party.startswith("extension/"):
            self._indicator.say(other, "no_more_calls")
        return self._stop(leg, leg, now)

    def by_agent(self, agent: Leg, other: Leg, now: float) -> list[CallEffect]:
        """A code that an extension presses, because the other party wishes it: in a call of any purpose."""
        if not number_of(other):
            self._indicator.say(agent, "no_number")
            return []
        self._indicator.say(agent, "no_more_calls")
        return self._stop(other, agent, now)

    def _stop(self, whom: Leg, by: Leg, now: float) -> list[CallEffect]:
        start = self._connect.start
        how: How = "key" if whom is by else "agent"
        return start.outreach.stop(start.call, start.context.tenant, number_of(whom), (how, by.party), now)
