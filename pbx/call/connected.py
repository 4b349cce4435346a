"""Connected identity: a telephone that shows somebody else is told with whom it talks (RFC 4916)."""

from pbx.call.context import CallContext
from pbx.call.leg import Leg, LegState
from pbx.core.ids import LegId
from pbx.dialplan.routes import Route, ToExtension, ToTrunk
from pbx.sip.effects import TellIdentity
from pbx.sip.identity.presentation import ANONYMOUS, ANONYMOUS_DISPLAY


def tell_both(one: Leg, other: Leg, context: CallContext, labels: dict[LegId, str]) -> list[TellIdentity]:
    """Tell two who have just been bridged; `labels` say by leg what was found out about a caller."""
    pairs = ((one, other), (other, one))
    return [told for leg, met in pairs for told in tell(leg, met, context, labels.get(met.id, ""))]


def tell(leg: Leg, met: Leg, context: CallContext, label: str = "") -> list[TellIdentity]:
    """Tell one leg whom it has met: our telephones always, a carrier only when it is trusted.

    A carrier learns no extension but the number that calls of ours show there.
    """
    if leg.state is not LegState.ANSWERED or leg.shows == met.number:
        return []
    leg.shows = met.number
    number = met.number
    kind, _, name = leg.party.partition("/")
    if kind == "trunk":
        trunk = context.trunks.get(name)
        if trunk is None or not trunk.profile.trusted:
            return []
        number = trunk.caller_id if met.party.startswith("extension/") else number
    display = label if kind == "extension" else ""  # what we found out is nothing for a carrier
    if not number:
        return [TellIdentity(leg=leg.id, uri=ANONYMOUS, display=display or ANONYMOUS_DISPLAY)]
    display = display or (context.names.get(number, "") if kind == "extension" else "")
    return [TellIdentity(leg=leg.id, uri=f"sip:{number}@{context.domain}", display=display)]


def relabel(leg: Leg, met: Leg, context: CallContext, label: str) -> list[TellIdentity]:
    """Tell a telephone of ours what is known now of whom it talks with; nobody else learns it."""
    if not leg.party.startswith("extension/"):
        return []
    leg.shows = ""
    return tell(leg, met, context, label)


def dialled(route: Route) -> str:
    """Return the number that a caller's telephone shows, as far as we know: what it reached by dialling."""
    match route:
        case ToExtension():
            return route.extension
        case ToTrunk():
            return route.number
        case _:
            return ""
