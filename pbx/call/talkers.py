"""The two who can be heard in a call."""

from pbx.call.audible import Talkers as Talkers
from pbx.call.audible import audible
from pbx.call.audible import holds as holds
from pbx.call.audible import is_away as is_away
from pbx.call.call import Call
from pbx.call.leg import Leg
from pbx.core.audio import AudioFormat


def talking(call: Call) -> Talkers | None:
    """Return the waiting party and whom it is bridged with, None = there are no two."""
    return None if call.parts.ending.is_closing else audible(call.parts.connect)


def are_wide(*legs: Leg) -> bool:
    """Whether there is more to hear of all than a room at 8 kHz passes on."""
    return all(leg.audio is not None and _is_wide(leg.audio.format) for leg in legs)


def _is_wide(audio: AudioFormat) -> bool:
    return audio.encoding == "G722" or audio.clock_rate > 8000  # G.722 counts 8000 all the same
