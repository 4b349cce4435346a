"""HelpAlerts: who of the house has to be told of a call for help, and the calls that tell them."""

from dataclasses import replace

from pbx.call.call import Call
from pbx.call.context import Wall
from pbx.call.effects import CallEffect
from pbx.call.help_alert import FLOW, Alarm, HelpAlert
from pbx.call.help_sought import HelpSought
from pbx.call.intake import Intake
from pbx.core.address import Remote
from pbx.core.ids import CallId, Ids, LegId, Token, hex_id
from pbx.dialplan.routes import Routing, ToFlow
from pbx.sip.effects import LookUpAor
from pbx.sip.events import AorFound, CallOffered, Contact, DeviceOrigin

MAX_WAITING = 1_000  # telephones to look for at once; beyond that nobody in the house could act on them
_EXTENSION = "extension/"
Meant = tuple[str, str, Alarm]  # tenant, extension, and what to tell it


class HelpAlerts:
    """Looks for the telephones of the desk as soon as the first carrier is tried, and calls each of them."""

    __slots__ = ("_asked", "_by", "_found", "_intake")

    def __init__(self, intake: Intake, by: tuple[Ids, Wall]) -> None:
        self._intake, self._by = intake, by
        self._asked: dict[Token, Meant] = {}
        self._found: list[tuple[Meant, Contact]] = []

    @property
    def is_due(self) -> bool:
        """Whether there is something to begin."""
        return self._intake.help_board.has_news or bool(self._found)

    def found(self, event: AorFound) -> bool:
        """The telephones of one of them; False = somebody else has looked for them."""
        meant = self._asked.pop(event.token, None)
        if meant is None:
            return False
        self._found += [(meant, contact) for contact in event.contacts]
        return True

    def tick(self, now: float) -> tuple[list[Call], list[CallEffect]]:
        """Return the calls that begin, and what is to be looked for."""
        calls = [one for found in self._found if (one := self._begun(*found, now)) is not None]
        self._found = []
        looked: list[CallEffect] = []
        for call, sought in self._intake.help_board.take_news():
            looked += self._look_for(call, sought)
        return calls, looked

    def _look_for(self, call: Call, sought: HelpSought) -> list[CallEffect]:
        """All of the desk have to know, but for who calls himself."""
        context, party = call.parts.context, call.parts.connect.caller.party
        desk = context.help_desk
        if desk is None:
            return []
        extension = party.removeprefix(_EXTENSION) if party.startswith(_EXTENSION) else ""
        alarm = Alarm(extension=extension, name=context.names.get(extension, ""), sought=sought)
        looked: list[CallEffect] = []
        for one in desk.extensions:
            if one != extension and len(self._asked) < MAX_WAITING:
                token = self._intake.tokens.next()
                self._asked[token] = (context.tenant, one, alarm)
                looked.append(LookUpAor(token=token, domain=context.domain, user=one))
        return looked

    def _begun(self, meant: Meant, contact: Contact, now: float) -> Call | None:
        """No limit holds it up."""
        tenant, extension, alarm = meant
        plan, ids = self._intake.tenants.get(tenant), self._by[0]
        desk = plan.context.help_desk if plan is not None else None
        if desk is None:
            return None
        offered = _offered(tenant, extension, alarm, (LegId(hex_id(ids)), contact.remote))
        why = f"extension {alarm.extension or 'of nobody'} has called {alarm.sought.number}: the desk is told"
        routing = Routing(route=ToFlow(flow=FLOW), trace=(why,))
        start = self._intake.start(offered, routing, CallId(hex_id(ids)), None)
        return HelpAlert(replace(start, direction="internal"), (desk, alarm, contact), self._by, now)


def _offered(tenant: str, extension: str, alarm: Alarm, leg: tuple[LegId, Remote]) -> CallOffered:
    """The call as if the telephone had made it."""
    return CallOffered(
        leg=leg[0],
        origin=DeviceOrigin(tenant=tenant, extension=extension),
        called=alarm.sought.number,
        called_domain="",
        from_user=extension,
        from_display="",
        asserted_user="",
        private=False,
        offer=None,
        source=leg[1],
        max_forwards=71,  # one hop is taken off: RFC 3261 §8.1.1.6 recommends 70
        sip_call_id="",
    )
