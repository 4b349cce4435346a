"""Audible: the two parties of a call who can be heard, and who cannot."""

from pbx.call.leg import Leg, LegState
from pbx.call.parties import Parties

Talkers = tuple[Leg, Leg]


def audible(parties: Parties) -> Talkers | None:
    """Return the waiting party and whom it is bridged with, None = there are no two."""
    caller, winner = parties.caller, parties.winner
    if winner is None or is_away(caller) or is_away(winner):
        return None
    return caller, winner


def is_away(leg: Leg) -> bool:
    """Whether no audio of a leg is where it was: not answered, gone, a fax, or without media worker."""
    is_up = leg.state is LegState.ANSWERED and leg.audio is not None and leg.image is None
    return not is_up or leg.is_lost or leg.is_port_closing


def holds(leg: Leg) -> bool:
    """Whether a party hears nothing by its own wish (RFC 3264 §8.4)."""
    return leg.audio is not None and leg.audio.direction not in ("sendrecv", "sendonly")
