"""Legs that change their call, with what is still to come of them."""

from dataclasses import dataclass

from pbx.call.inward import Inward
from pbx.call.leg import Leg
from pbx.call.outward import Outward
from pbx.core.ids import LegId, Token
from pbx.services.ringing import Ringing
from pbx.services.rota import Rota
from pbx.sip.effects import PlaceCall


@dataclass(frozen=True, slots=True)
class Handed:
    """What one call gives to another."""

    legs: list[Leg]
    ringing: Ringing | None
    ways: tuple[Inward | None, list[Outward], Rota | None]
    places: dict[LegId, PlaceCall]
    lookups: dict[Token, str]
