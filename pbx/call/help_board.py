"""HelpBoard: who calls for help, what is told of that, and how help that calls back reaches him (CF-43)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pbx.call.call import Call
from pbx.call.effects import Audit, CallEffect, CallFinished
from pbx.call.help_sought import HelpSought
from pbx.call.leg import Leg
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.dialplan.numbers import dialled, full_number
from pbx.dialplan.routes import NoRoute, Routing, ToExtension
from pbx.sip.effects import PlaceCall
from pbx.sip.events import CallOffered, TrunkOrigin

CALLED, OVER, FAILED = "emergency.called", "emergency.over", "emergency.failed"
CALLED_BACK = "emergency.called_back"
MAX_WAITED = 10_000  # numbers that may be called back at once; a tenant has a few for each site
_EXTENSION = "extension/"
Details = dict[str, str | int | bool | None]


@dataclass(slots=True)
class _Live:
    """A call that has reached for help; `legs` in the order in which trunks were tried."""

    extension: str
    legs: list[Leg] = field(default_factory=list)


class HelpBoard:
    """Waits for calls back until a moment on the clock of `now`; facts of record bring it over a restart."""

    __slots__ = ("_live", "_news", "_waited")

    def __init__(self) -> None:
        self._live: dict[CallId, _Live] = {}
        self._news: list[tuple[Call, HelpSought]] = []  # calls for help that nobody of the house knows of
        self._waited: dict[tuple[str, str], tuple[str, float]] = {}  # (tenant, number) -> extension, until

    def restore(self, told: Iterable[tuple[float, AuditFact]], now: float) -> None:
        """Know of those who called before a restart; with each fact of record how many seconds ago it was."""
        for ago_s, fact in told:
            window, extension = fact.details.get("window_s"), fact.details.get("extension")
            left_s = float(window if isinstance(window, int) else 0) - ago_s
            for number in str(fact.details.get("shown") or "").split():
                if extension and left_s > 0:
                    self._wait(fact.tenant, number, str(extension), now + left_s)

    def waits_for(self, event: CallOffered, country: str, now: float) -> str:
        """The extension that a call from the network may be meant for by whoever helps it, "" = none."""
        digits = dialled(event.called)
        if digits is None or not isinstance(event.origin, TrunkOrigin):
            return ""
        for number in (full_number(digits, country), f"+{digits.removeprefix('+')}"):
            extension, until = self._waited.get((event.origin.tenant, number or ""), ("", 0.0))
            if extension and now < until:
                return extension
        return ""

    def routed(self, routing: Routing, extension: str) -> Routing:
        """Where such a call goes: to that telephone, whatever the number is for."""
        if isinstance(routing.route, NoRoute) or not extension:
            return routing
        why = f"extension {extension} called for help lately: it rings before every rule"
        route = ToExtension(extension=extension, for_help=True)
        return Routing(route=route, trace=(*routing.trace[:1], why), language=routing.language)

    @property
    def has_news(self) -> bool:
        """Whether there is a call for help that nobody of the house knows of."""
        return bool(self._news)

    def take_news(self) -> list[tuple[Call, HelpSought]]:
        """Return such calls, once."""
        news, self._news = self._news, []
        return news

    def after(self, call: Call, effects: list[CallEffect], now: float) -> list[CallEffect]:
        """What a call has done, and what is put on the record of it."""
        told: list[CallEffect] = []
        for effect in effects:
            if isinstance(effect, PlaceCall):
                told += self._placed(call, call.parts.connect.legs.get(effect.leg), now)
            elif isinstance(effect, CallFinished):
                told += self._over(call, now)
        return [*effects, *told]

    def _placed(self, call: Call, leg: Leg | None, now: float) -> list[CallEffect]:
        sought = leg.help if leg is not None else None
        if leg is None or sought is None or leg is call.caller:  # a telephone of the desk is only told
            return []
        party = call.parts.connect.caller.party
        is_first = call.id not in self._live
        extension = party.removeprefix(_EXTENSION) if party.startswith(_EXTENSION) else ""
        live = self._live.setdefault(call.id, _Live(extension))
        live.legs.append(leg)
        if live.extension and sought.shown and sought.window_s:
            self._wait(call.tenant, sought.shown, live.extension, now + sought.window_s)
        if not is_first:
            return []
        self._news.append((call, sought))
        return [_fact(CALLED, call, _details(live))]

    def _over(self, call: Call, now: float) -> list[CallEffect]:
        """The window begins anew with the end of the call."""
        live = self._live.pop(call.id, None)
        if live is None:
            # No trunk was left to try: nobody was called, and somebody has to know.
            return [_fact(FAILED, call, {"reason": call.parts.ending.cause})] if call.is_urgent else []
        for leg in live.legs:
            if leg.help is not None and live.extension and leg.help.shown and leg.help.window_s:
                self._wait(call.tenant, leg.help.shown, live.extension, now + leg.help.window_s)
        is_answered = any(leg.answered_at is not None for leg in live.legs)
        return [_fact(OVER, call, _details(live) | {"answered": is_answered})]

    def _wait(self, tenant: str, number: str, extension: str, until: float) -> None:
        self._waited.pop((tenant, number), None)
        self._waited[(tenant, number)] = (extension, until)
        if len(self._waited) > MAX_WAITED:
            del self._waited[next(iter(self._waited))]


def called_back(extension: str, call: CallId, tenant: str) -> Audit:
    """Return the fact that a call from the network was led to who had called for help."""
    details: Details = {"extension": extension}
    return Audit(fact=AuditFact(kind=CALLED_BACK, call=call, tenant=tenant, details=details))


def _details(live: _Live) -> Details:
    """Numbers are ours; where it was is the admin's name for it."""
    sought = [leg.help for leg in live.legs if leg.help is not None]
    shown = dict.fromkeys(one.shown for one in sought if one.shown)
    location = next((one.location.name for one in sought if one.location is not None), "")
    return {
        "extension": live.extension or None,
        "number": sought[0].number,
        "location": location or None,
        "shown": " ".join(shown) or None,
        "window_s": int(sought[0].window_s),
    }


def _fact(kind: str, call: Call, details: Details) -> Audit:
    return Audit(fact=AuditFact(kind=kind, call=call.id, tenant=call.tenant, details=details))
