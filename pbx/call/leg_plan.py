"""Leg plan: the places of a ring as the extensions and numbers that ring, each once (CF-12)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pbx.call.circumstances import of_rights
from pbx.call.start import CallStart
from pbx.core.phone import full_number, mask
from pbx.dialplan.plan import describe
from pbx.dialplan.routes import ToExtension, ToTrunk
from pbx.ivr.effects import RingTarget
from pbx.ivr.timing import AT_ONCE, Timing
from pbx.services.rota import Place
from pbx.sip.events import DeviceOrigin, TrunkOrigin
from pbx.sip.identity.diversion import MAX_DIVERSIONS, Diversion, n_diversions


class LegPlan:
    """`places` in the order of the step; `skipped` says in words which cannot ring, and why.

    Who is in several of them rings once, when the first of them does. A number is reached with the rights of
    the account that it is written for, never for help, never by a flow: that would begin the call anew.
    """

    __slots__ = ("_at", "places", "skipped")

    def __init__(self, order: RingTarget, start: CallStart, at: datetime | None = None) -> None:
        """`at` = the time of the day, which the dial plan goes by."""
        self._at = at
        self.skipped: list[str] = []
        found: dict[str, Place] = {}
        for target in order.targets:
            timing = order.timings.get(target, AT_ONCE)
            for place in self._expand(target, timing, start):
                known = found.get(place.name)
                if known is None or place.after_s < known.after_s:
                    found[place.name] = place
        self.places = tuple(found.values())

    def _expand(self, target: str, timing: Timing, start: CallStart) -> Iterator[Place]:
        kind, _, name = target.partition("/")
        if kind == "number":
            yield from self._number(name, timing, start)
            return
        for extension in start.context.groups.get(name, ()) if kind == "group" else (name,):
            yield Place(extension=extension, after_s=timing.after_s, ring_s=timing.ring_s)

    def _number(self, number: str, timing: Timing, start: CallStart) -> Iterator[Place]:
        origin = DeviceOrigin(tenant=start.context.tenant, extension=timing.account)
        known = of_rights(origin, start.context, self._at)
        route = start.plan.match(number, origin, known).route
        shown = mask(full_number(number, start.context.country) or number)
        if isinstance(route, ToExtension):
            yield Place(extension=route.extension, after_s=timing.after_s, ring_s=timing.ring_s)
        elif not isinstance(route, ToTrunk) or route.emergency:
            self.skipped.append(f"{shown} leads to {describe(route)}: skipped")
        elif route.number == start.number:
            self.skipped.append(f"{shown} is the caller's own number: skipped")
        elif n_diversions(start.diversions) >= MAX_DIVERSIONS:
            self.skipped.append(f"{shown}: the call was sent on too often, skipped")
        else:
            onward = replace(route, is_forwarded=True)
            after_s, ring_s = timing.after_s, timing.ring_s
            yield Place(route=onward, after_s=after_s, ring_s=ring_s, asks_key=timing.asks_key)


def sent_on(start: CallStart, account: str) -> CallStart:
    """Return the call as it goes out to a number: the one that was called from outside has sent it on."""
    is_first = not start.diversions and isinstance(start.offered.origin, TrunkOrigin)
    user = start.offered.called if is_first else account
    one = Diversion(uri=f"sip:{user}@{start.context.domain}", reason="unconditional")
    return replace(start, diversions=(one, *start.diversions))
