"""Music for a party whose other party holds it (RFC 3264 §8.4)."""

from pbx.call.leg import Leg
from pbx.core.audio import Direction
from pbx.media.effects import Music, SetMusic

HEARS: frozenset[Direction] = frozenset({"sendrecv", "sendonly"})  # seen from us: we may send


def held(holder: Leg, other: Leg | None, music: Music | None) -> list[SetMusic]:
    """Return what a new agreement with `holder` means for the other party."""
    if other is None or holder.audio is None or music is None:
        return []
    holds = holder.audio.direction not in HEARS
    if holds == other.hears_music:
        return []
    other.hears_music = holds
    return [SetMusic(leg=other.id, music=music if holds else None)]


def released(*parties: Leg | None) -> list[SetMusic]:
    """End the music of parties that talk with somebody else from now on."""
    heard = [leg for leg in parties if leg is not None and leg.hears_music]
    for leg in heard:
        leg.hears_music = False
    return [SetMusic(leg=leg.id, music=None) for leg in heard]
