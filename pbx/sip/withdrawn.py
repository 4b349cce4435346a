"""The end of an offer that its maker took back (RFC 3261 §9)."""

from dataclasses import dataclass

from pbx.core.ids import LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteWithdrawn:
    """The peer cancelled its re-INVITE before we answered it, and has been told 487; nothing has changed."""

    leg: LegId
