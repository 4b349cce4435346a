"""Inquiries: calls that wait until a server has told the reputation of their number (FRD-03)."""

from pbx.call.effects import AskReputation
from pbx.call.events import ReputationTold
from pbx.call.tokens import Tokens
from pbx.call.tolls import Tolls
from pbx.core.ids import LegId, Token
from pbx.sip.events import CallOffered

MAX_HELD = 200  # calls at once; more come from a flood, and go on as if nobody had told anything
HELD_S = 2.5  # a little longer than a server may take: nobody delays a call any further


class Inquiries:
    """The INVITE stays pending meanwhile: a CANCEL is answered, an answer that is lost costs HELD_S."""

    __slots__ = ("_held", "_tokens", "_tolls")

    def __init__(self, tokens: Tokens, tolls: Tolls) -> None:
        self._tokens, self._tolls = tokens, tolls
        self._held: dict[Token, tuple[CallOffered, str, float]] = {}

    @property
    def deadline(self) -> float | None:
        """When the call that came first has waited enough."""
        return next((due for _, _, due in self._held.values()), None)

    def take(self, offered: CallOffered, country: str, now: float) -> CallOffered | AskReputation:
        """Return the call when nothing is to be waited for, else what to order for it."""
        number = self._tolls.unknown(offered, country, now)
        if not number:
            return offered
        if len(self._held) >= MAX_HELD:
            self._tolls.told(offered.origin.tenant, number, None, now)
            return offered
        token = self._tokens.next()
        self._held[token] = offered, number, now + HELD_S
        return AskReputation(token=token, tenant=offered.origin.tenant, number=number)

    def told(self, event: ReputationTold, now: float) -> CallOffered | None:
        """Return the call, None when it has gone on or ended."""
        held = self._held.pop(event.token, None)
        if held is None:
            return None
        self._tolls.told(held[0].origin.tenant, held[1], event.score, now)
        return held[0]

    def ended(self, leg: LegId) -> None:
        """The caller hung up while he waited."""
        self._held = {token: held for token, held in self._held.items() if held[0].leg != leg}

    def tick(self, now: float) -> list[CallOffered]:
        """Return the calls that go on without an answer."""
        late = [token for token, (_, _, due) in self._held.items() if due <= now]
        gone = [self.told(ReputationTold(token=token, score=None), now) for token in late]
        return [one for one in gone if one is not None]
