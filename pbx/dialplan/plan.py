"""The dial plan of one tenant: a number, its origin and verdict in, a route and its explanation out."""

from dataclasses import replace
from typing import assert_never, get_args

from pbx.conditions.circumstances import UNKNOWN, Circumstances
from pbx.core.errors import MisuseError
from pbx.core.phone import is_too_short
from pbx.dialplan.emergency import emergency_number, emergency_numbers, known_numbers
from pbx.dialplan.locations import Location
from pbx.dialplan.numbers import dialled, full_number
from pbx.dialplan.routes import (
    NoRoute,
    Purpose,
    Route,
    Routing,
    ToExtension,
    ToFlow,
    ToPickup,
    ToSlot,
    ToTrunk,
    ToWatch,
)
from pbx.dialplan.rules import CodeRule, DidRule, PlanRules, TestRule, test_flow
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin

_PURPOSES = frozenset(get_args(Purpose))
_NOT_FOUND = NoRoute(status=404, reason="Not Found")
_INCOMPLETE = NoRoute(status=484, reason="Address Incomplete")
_FORBIDDEN = NoRoute(status=403, reason="Forbidden")
_UNAVAILABLE = NoRoute(status=503, reason="No Trunk")


class DialPlan:
    """Immutable; calls in progress keep the plan they started with."""

    __slots__ = ("_dids", "_extensions", "_help_numbers", "_rooms", "_rules")

    def __init__(self, rules: PlanRules) -> None:
        self._rules = rules
        self._dids: dict[str, tuple[DidRule, ...]] = {}
        for rule in rules.dids:
            self._dids[rule.number] = (*self._dids.get(rule.number, ()), rule)
        self._extensions = {rule.number: rule for rule in rules.extensions}
        self._rooms = {rule.number: rule for rule in rules.rooms}
        self._help_numbers = known_numbers((rules.country, *sorted(rules.locations.countries)))

    def match(self, called: str, origin: Origin, call: Circumstances = UNKNOWN) -> Routing:
        """Return where a call to `called` (user part of the Request-URI) from `origin` goes, and why.

        `call` is what conditions go by: the time, the caller and what is known of his number; and by what
        help finds him.
        """
        if origin.tenant != self._rules.tenant:
            raise MisuseError("a call was given to the dial plan of another tenant")
        digits = dialled(called)
        if digits is None:
            return Routing(route=_NOT_FOUND, trace=("not a number a telephone can dial",))
        match origin:
            case TrunkOrigin(trunk=trunk):
                return self._from_trunk(digits, trunk, call)
            case DeviceOrigin(extension=extension):
                return self._on_account(self._from_device(digits, extension, call), extension)
        assert_never(origin)

    def knows(self, extension: str) -> bool:
        """Whether there is such a telephone."""
        return extension in self._extensions

    def is_emergency(self, called: str, origin: Origin) -> bool:
        """Whether a telephone of ours calls for help."""
        digits = dialled(called)
        if digits is None or not isinstance(origin, DeviceOrigin):
            return False
        return self._help(digits) is not None

    def _help(self, digits: str) -> str | None:
        """The emergency number that somebody dials, also behind the code of a purpose: help needs none."""
        prefix = self._rules.outbound.prefix if self._rules.outbound else ""
        rule = self._said(digits)
        number = digits.removeprefix(rule.code) if rule is not None else digits
        return emergency_number(number, self._help_numbers, prefix)

    def _said(self, digits: str) -> CodeRule | None:
        """The code of the purpose that a number is dialled behind."""
        rules = (one for one in self._rules.codes if one.purpose in _PURPOSES)
        return next((one for one in rules if digits.startswith(one.code)), None)

    def _from_trunk(self, digits: str, trunk: str, call: Circumstances) -> Routing:
        """Only our own numbers: a call from the network never goes back out to it (toll fraud)."""
        start = f"from trunk {trunk}"
        rules = self._did(full_number(digits, self._rules.country)) or self._did(f"+{digits}")
        if not rules:
            if any(number.startswith(f"+{digits.removeprefix('+')}") for number in self._dids):
                return Routing(route=_INCOMPLETE, trace=(start, "inbound rules have longer numbers"))
            return Routing(route=_NOT_FOUND, trace=(start, "no inbound rule has this number"))
        return _chosen(rules, call, start)

    def _from_device(self, digits: str, extension: str, call: Circumstances) -> Routing:
        start = f"from extension {extension}"
        prefix = self._rules.outbound.prefix if self._rules.outbound else ""
        emergency = self._help(digits)
        if emergency is not None:
            return self._to_emergency(emergency, start, self._rules.locations.of(extension, call.host))
        test = self._rules.test
        if test is not None and digits == test.number:
            return self._to_test(test, start, self._rules.locations.of(extension, call.host))
        said = self._said(digits)
        if said is not None:
            return self._on_purpose(said, digits.removeprefix(said.code), start, call)
        if digits.startswith("*"):
            return self._to_switch(digits, extension, start) or self._to_feature(digits, start)
        if digits in self._extensions:
            place = self._extensions[digits].place
            route = ToExtension(extension=digits)
            return Routing(route=route, trace=(start, f"{place}: extension {digits}"))
        if digits in self._rooms:
            room = self._rooms[digits]
            why = f"{room.place}: internal {digits} -> flow {room.flow}"
            return Routing(route=ToFlow(flow=room.flow), trace=(start, why))
        lot = self._rules.parking
        if lot is not None and digits in (lot.number, *lot.slots):
            slot = ToSlot(slot="" if digits == lot.number else digits)
            return Routing(route=slot, trace=(start, f"{lot.place}: {describe(slot)}"))
        return self._to_number(digits, prefix, start, call)

    def _to_switch(self, digits: str, extension: str, start: str) -> Routing | None:
        """The code of a schedule, or its beginning; None = it is neither."""
        rule = next((one for one in self._rules.switches if one.code.startswith(digits)), None)
        if rule is None:
            return None
        if digits != rule.code:
            return Routing(route=_INCOMPLETE, trace=(start, "the beginning of a code"))
        why = f"{rule.place}: the code {rule.code}: {rule.flow}"
        if rule.by and extension not in rule.by:
            return Routing(route=_FORBIDDEN, trace=(start, why, f"{extension} is not in its switched_by"))
        return Routing(route=ToFlow(flow=rule.flow), trace=(start, why))

    def _to_feature(self, digits: str, start: str) -> Routing:
        """A code of ours and what it is for; nothing else with a star leads anywhere."""
        rule = next((one for one in self._rules.codes if _begins(digits, one.code)), None)
        if rule is None:
            return Routing(route=_NOT_FOUND, trace=(start, "no such feature code"))
        trace = (start, f"{rule.place}: the code {rule.code}")
        if rule.purpose == "pickup_group" and digits.startswith(rule.code):
            return Routing(route=ToPickup() if digits == rule.code else _NOT_FOUND, trace=trace)
        wanted = digits.removeprefix(rule.code) if digits.startswith(rule.code) else ""
        if wanted in self._extensions:
            why = f"{self._extensions[wanted].place}: extension {wanted}"
            kind = ToWatch if rule.purpose == "watch" else ToPickup
            return Routing(route=kind(extension=wanted), trace=(*trace, why))
        if any(number.startswith(wanted) for number in self._extensions):
            return Routing(route=_INCOMPLETE, trace=(*trace, "the beginning of a code or extension"))
        return Routing(route=_NOT_FOUND, trace=(*trace, "no extension has this number"))

    def _on_purpose(self, rule: CodeRule, digits: str, start: str, call: Circumstances) -> Routing:
        """A number of the network, and why it is called."""
        prefix = self._rules.outbound.prefix if self._rules.outbound else ""
        routing = self._to_number(digits, prefix, start, call)
        why = f"{rule.place}: the code {rule.code}, a {rule.purpose} call"
        trace = (routing.trace[0], why, *routing.trace[1:])
        purpose: Purpose = "marketing" if rule.purpose == "marketing" else "service"
        route = routing.route
        return Routing(
            route=replace(route, purpose=purpose) if isinstance(route, ToTrunk) else route, trace=trace
        )

    def _on_account(self, routing: Routing, extension: str) -> Routing:
        """Note whose rights led to the network: he pays, whoever the call is put through to."""
        route, rule = routing.route, self._rules.marketing
        if not isinstance(route, ToTrunk) or route.emergency:
            return routing
        route = replace(route, account=extension)
        if rule is None or route.purpose or extension not in rule.extensions:
            return replace(routing, route=route)
        why = f"{rule.place}: a marketing call, as all of {extension}"
        return Routing(route=replace(route, purpose="marketing"), trace=(*routing.trace, why))

    def _to_number(self, digits: str, prefix: str, start: str, call: Circumstances) -> Routing:
        """The prefix wins over a full number that happens to begin with the same digit."""
        candidates = [digits]
        if prefix and digits.startswith(prefix):
            candidates.insert(0, digits.removeprefix(prefix))
        for candidate in candidates:
            number = full_number(candidate, self._rules.country)
            if number is not None:
                return self._to_full_number(number, start, call)
        if self._is_incomplete(candidates):
            return Routing(route=_INCOMPLETE, trace=(start, "the beginning of an extension or number"))
        return Routing(route=_NOT_FOUND, trace=(start, "neither an extension nor a full number"))

    def _is_incomplete(self, candidates: list[str]) -> bool:
        """Whether more digits could lead somewhere: the telephone may send them (RFC 3261 §21.4.22)."""
        lot = self._rules.parking
        slots = (lot.number, *lot.slots) if lot is not None else ()
        if any(number.startswith(candidates[-1]) for number in (*self._extensions, *self._rooms, *slots)):
            return True
        return self._rules.outbound is not None and is_too_short(candidates[0], self._rules.country)

    def _to_full_number(self, number: str, start: str, call: Circumstances) -> Routing:
        rules = self._did(number)
        if rules:
            # A verdict is about a number that the network claims; our own telephones prove who they are.
            meant = tuple(rule for rule in rules if rule.when is None or not rule.when.asks_verdict)
            return _chosen(meant, call, start, ", dialled from inside")
        outbound = self._rules.outbound
        if outbound is None:
            return Routing(route=_NOT_FOUND, trace=(start, "the tenant has no outbound calls"))
        route = ToTrunk(trunk=outbound.trunk, number=number, caller_id=outbound.caller_id)
        return Routing(route=route, trace=(start, f"{outbound.place}: outbound by trunk {outbound.trunk}"))

    def _to_emergency(self, number: str, start: str, at: Location | None) -> Routing:
        """By the trunk of the place where the telephone is, else by that of all."""
        rule = self._rules.emergency or self._rules.outbound
        trace = [start, f"{number} is an emergency number in {self._country_of(number, at)}"]
        if at is not None:
            trace.append(f"{at.place}: the telephone is at {at.name} ({at.words})")
        trunk = (at.trunk if at is not None else "") or (rule.trunk if rule is not None else "")
        if not trunk:
            return Routing(route=_UNAVAILABLE, trace=(*trace, "no trunk carries emergency calls"))
        is_own = at is not None and bool(at.trunk)
        place = at.place if at is not None and is_own else rule.place if rule is not None else ""
        shown = rule.caller_id if rule is not None and not is_own else ""
        route = ToTrunk(
            trunk=trunk,
            number=number,
            emergency=True,
            caller_id=(at.call_back if at is not None else "") or shown,
            location=at,
        )
        return Routing(route=route, trace=(*trace, f"{place}: emergency by trunk {trunk}"))

    def _to_test(self, test: TestRule, start: str, at: Location | None) -> Routing:
        trace = (start, f"{test.place}: {test.number} tests emergency calls, and calls nobody")
        if at is None:
            return Routing(route=_NOT_FOUND, trace=(*trace, "the telephone has no location"))
        flow = test_flow(at.name)
        return Routing(route=ToFlow(flow=flow), trace=(*trace, f"{at.place}: flow {flow}"))

    def _country_of(self, number: str, at: Location | None) -> str:
        """Where a number means help: where the telephone is, at home, or where others of the tenant are."""
        here = (at.country,) if at is not None else ()
        countries: tuple[str, ...] = (*here, self._rules.country, *sorted(self._rules.locations.countries))
        return next(one for one in countries if number in emergency_numbers(one))

    def _did(self, number: str | None) -> tuple[DidRule, ...]:
        return self._dids.get(number, ()) if number else ()


def _begins(digits: str, code: str) -> bool:
    """Whether a code was dialled, with or without more, or a part of one."""
    return digits.startswith(code) or code.startswith(digits)


def _chosen(rules: tuple[DidRule, ...], call: Circumstances, start: str, where: str = "") -> Routing:
    """The first rule whose condition holds; the trace says how the call is in what the rules ask."""
    met = (line for rule in rules if rule.when is not None for line in rule.when.met(call))
    trace = [start, *dict.fromkeys(met)]
    for rule in rules:
        if rule.when is None or rule.when.holds(call):
            asked = f", when {rule.when}" if rule.when else ""
            why = (*trace, _why_did(rule) + where + asked)
            return Routing(route=rule.target, trace=why, language="" if where else rule.language)
        trace.append(f"{rule.place}: not this one, it is for {rule.when}")
    return Routing(route=_NOT_FOUND, trace=(*trace, "no rule of this number is for such a call"))


def _why_did(rule: DidRule) -> str:
    return f"{rule.place}: did {rule.number} -> {describe(rule.target)}"


def describe(route: Route) -> str:
    """Return the route in a few words, without a number of the network."""
    match route:
        case ToFlow(flow=flow):
            return f"flow {flow}"
        case ToExtension(extension=extension):
            return f"extension {extension}"
        case ToTrunk(trunk=trunk, emergency=emergency):
            return f"emergency by trunk {trunk}" if emergency else f"trunk {trunk}"
        case ToWatch(extension=extension):
            return f"watch extension {extension}"
        case ToPickup(extension=extension):
            return f"pick up what rings at {f'extension {extension}' if extension else 'a group'}"
        case ToSlot(slot=slot):
            return f"parking slot {slot}" if slot else "any parking slot"
        case NoRoute(status=status, reason=reason):
            return f"{status} {reason}"
    assert_never(route)
