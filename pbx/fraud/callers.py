"""Callers: those whom calls from the network claim to come from, as a tenant's list and server judge them."""

from collections.abc import Callable

from pbx.fraud.reputation import Advice, Reputation
from pbx.fraud.scores import Scores

OUTAGE_S = 30.0  # for so long a number is not asked for again of which no server has told


class Callers:
    """`listed` = what a tenant has decided now."""

    __slots__ = ("_listed", "_scores")

    def __init__(self, listed: Callable[[str], Reputation | None]) -> None:
        self._listed, self._scores = listed, Scores()

    def judge(self, tenant: str, caller: str | None, now: float) -> tuple[Reputation | None, Advice, int]:
        """Return the tenant's list, what is advised about a caller, and his score."""
        known = self._listed(tenant)
        if known is None:
            return None, "", 0
        told = None
        if caller is not None and known.server is not None:
            told = self._scores.known((tenant, caller), now)
        return known, *known.judge(caller, told)

    def asks(self, tenant: str, caller: str, now: float) -> bool:
        """Whether a server is to be asked for a caller."""
        known = self._listed(tenant)
        is_asked = known is not None and known.server is not None
        return is_asked and self._scores.known((tenant, caller), now) is None

    def told(self, tenant: str, caller: str, score: int | None, now: float) -> None:
        """The server has told a score, None = it has not; then it is asked again soon."""
        known = self._listed(tenant)
        if known is None or known.server is None:
            return
        keep_s = known.server.keep_s if score is not None else min(OUTAGE_S, known.server.keep_s)
        kept = score if score is not None else known.server.unanswered
        self._scores.keep((tenant, caller), kept, now + keep_s)
