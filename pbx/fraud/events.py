"""What the guard hears of calls to the network; emergency calls are never told to it."""

from dataclasses import dataclass

from pbx.core.ids import LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAsked:
    """`account` wants to reach `number` (E.164), by dialling, a transfer, or by sending a call on."""

    tenant: str
    account: str
    number: str
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPlaced:
    """A leg of a call that was let pass: the first, or one by the next trunk."""

    leg: LegId
    asked: OutboundAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAnswered:
    """From now on it costs money."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundEnded:
    """It costs nothing any more."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased:
    """An admin let an account call again, or to a country for the first time."""

    hold: str


FraudEvent = OutboundAsked | OutboundPlaced | OutboundAnswered | OutboundEnded | HoldReleased
