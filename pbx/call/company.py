"""Company: those who hear each other in one room, each in a call of his own, and what may be kept of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbx.call.capture import Capture
from pbx.call.effects import CallEffect
from pbx.call.gate_order import shut_first
from pbx.call.leg import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody in the room, and what records his call."""

    leg: Leg
    capture: Capture


def meet(present: Sequence[Present], now: float) -> list[CallEffect]:
    """These are together from now on: the strictest rule of all holds in every recording of them.

    What each was told in his own call counts in the calls of the others. A recording goes on; of what its
    party is sent, only that is kept in which nobody is heard who may not be.
    """
    legs = tuple(one.leg for one in present)
    told = {one.leg.id: one.capture.standing(one.leg) for one in present}
    return shut_first([done for one in _captures(present) for done in one.among(legs, told, now)])


def part(left: Present, rest: Sequence[Present], now: float) -> list[CallEffect]:
    """One is gone, to his own flow or for good; the others stay together."""
    forgotten = [done for one in _captures(rest) if one is not left.capture for done in one.parted(left.leg)]
    for one in rest:
        forgotten += left.capture.parted(one.leg) if one.capture is not left.capture else ()
    return [*forgotten, *meet(rest, now), *left.capture.alone(left.leg)]


def _captures(present: Iterable[Present]) -> list[Capture]:
    return list({id(one.capture): one.capture for one in present}.values())
