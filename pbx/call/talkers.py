"""The two who can be heard in a call."""

from pbx.call.call import Call
from pbx.call.leg import Leg, LegState
from pbx.core.audio import AudioFormat

Talkers = tuple[Leg, Leg]


def talking(call: Call) -> Talkers | None:
    """Return the waiting party and whom it is bridged with, None = there are no two."""
    parts = call.parts
    caller, winner = parts.connect.caller, parts.connect.winner
    if winner is None or parts.ending.is_closing or is_away(caller) or is_away(winner):
        return None
    return caller, winner


def is_away(leg: Leg) -> bool:
    """Whether no audio of a leg is where it was: not answered, gone, a fax, or without media worker."""
    is_up = leg.state is LegState.ANSWERED and leg.audio is not None and leg.image is None
    return not is_up or leg.is_lost or leg.is_port_closing


def holds(leg: Leg) -> bool:
    """Whether a party hears nothing by its own wish (RFC 3264 §8.4)."""
    return leg.audio is not None and leg.audio.direction not in ("sendrecv", "sendonly")


def are_wide(*legs: Leg) -> bool:
    """Whether there is more to hear of all than a room at 8 kHz passes on."""
    return all(leg.audio is not None and _is_wide(leg.audio.format) for leg in legs)


def _is_wide(audio: AudioFormat) -> bool:
    return audio.encoding == "G722" or audio.clock_rate > 8000  # G.722 counts 8000 all the same
