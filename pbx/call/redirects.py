"""Redirects: where a call goes on to when a callee answers 3xx, and with whose rights (RFC 3261 §8.1.3.4)."""

from dataclasses import replace

from pbx.call.circumstances import of_rights
from pbx.call.leg import Leg
from pbx.call.start import CallStart
from pbx.core.errors import ParseError
from pbx.dialplan.routes import ToExtension, ToTrunk
from pbx.sip.effects import Forward
from pbx.sip.events import DeviceOrigin, LegRejected, Origin, TrunkOrigin
from pbx.sip.identity.diversion import MAX_DIVERSIONS, Diversion, diversion_fields, n_diversions
from pbx.sip.identity.profile import DiversionForm
from pbx.sip.identity.profile import Redirects as Policy
from pbx.sip.uri import parse_uri

Onward = ToExtension | ToTrunk


class Redirects:
    """The redirections of one call.

    A telephone's 302 is a call that it places: the dial plan decides with the telephone's own rights, so
    that nobody reaches by forwarding what he may not dial. A carrier's 302 is followed with the rights of
    whoever is calling it, if its profile says so at all.
    """

    __slots__ = ("_rights", "_seen", "_start")

    def __init__(self, start: CallStart) -> None:
        self._start = start
        self._rights: Origin = start.offered.origin
        self._seen: set[str] = set()

    def follow(self, leg: Leg, event: LegRejected, *, has_rung: bool) -> tuple[CallStart, Onward] | None:
        """Return the call as it goes on in the place of `leg`, None when the redirection is not followed."""
        plan, start = self._start.plan, self._start
        if not _is_move(event) or self._policy(leg) != "follow" or _is_for_help(start):
            return None
        if n_diversions(start.diversions) >= MAX_DIVERSIONS:
            return None
        rights = self._rights_of(leg)
        known = of_rights(rights, start.context, leg.ended_at)
        self._seen.add(leg.party if leg.party.startswith("extension/") else leg.number)
        for contact in event.contacts:
            route = plan.match(_user(contact), rights, known).route
            if isinstance(route, ToExtension | ToTrunk) and self._leads_on(route):
                if isinstance(route, ToTrunk) and leg.party.startswith("extension/"):
                    route = replace(route, is_forwarded=True)
                self._rights = rights
                self._start = replace(start, diversions=(self._diversion(leg, has_rung), *start.diversions))
                return self._start, route
        return None

    def relayed(self, leg: Leg, event: LegRejected) -> tuple[str, ...]:
        """Return the contacts that the caller himself may try, () = the redirection ends here."""
        return event.contacts if _is_move(event) and self._policy(leg) == "relay" else ()

    def told(self, leg: Leg, route: Onward) -> list[Forward]:
        """Return the 181 for the caller, with the diversion in the form that he understands."""
        origin = self._start.offered.origin
        form: DiversionForm = "diversion"
        if isinstance(origin, TrunkOrigin):
            trunk = self._start.context.trunks.get(origin.trunk)
            form = trunk.profile.diversion if trunk is not None else "none"
        told = tuple(one for one in self._start.diversions if not one.private)
        target = route.extension if isinstance(route, ToExtension) else route.number
        uri = f"sip:{target}@{self._start.context.domain}"
        return [Forward(leg=leg.id, fields=diversion_fields(told, uri, form))]

    def _policy(self, leg: Leg) -> Policy:
        kind, _, name = leg.party.partition("/")
        if kind == "extension":
            return "follow"
        route = self._start.context.trunks.get(name)
        return route.profile.redirects if route is not None else "refuse"

    def _rights_of(self, leg: Leg) -> Origin:
        kind, _, name = leg.party.partition("/")
        if kind != "extension":
            return self._rights
        return DeviceOrigin(tenant=self._start.context.tenant, extension=name)

    def _leads_on(self, route: Onward) -> bool:
        """Whether a redirection may take this route: no emergency, no place that was tried before."""
        if isinstance(route, ToExtension):
            return f"extension/{route.extension}" not in self._seen
        return not route.emergency and route.number not in self._seen

    def _diversion(self, leg: Leg, has_rung: bool) -> Diversion:
        """Who sends the call on: the number that was dialled from outside, else the extension."""
        start = self._start
        is_first = not start.diversions and isinstance(start.offered.origin, TrunkOrigin)
        user = start.offered.called if is_first else leg.number
        reason = "deflection" if has_rung else "unconditional"
        return Diversion(uri=f"sip:{user}@{start.context.domain}", reason=reason)


def _is_move(event: LegRejected) -> bool:
    return 300 <= event.status < 400 and bool(event.contacts)


def _is_for_help(start: CallStart) -> bool:
    """Whether help may be calling back: it wants this telephone, wherever that sends others."""
    route = start.routing.route
    return isinstance(route, ToExtension) and route.for_help


def _user(contact: str) -> str:
    try:
        return parse_uri(contact).user
    except ParseError:
        return ""
