"""Client-initiated flows: which binding a REGISTER means by its reg-id (RFC 5626 §6)."""

from collections.abc import Sequence

from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.bindings.contact import AskedContact
from pbx.sip.bindings.path import has_ob
from pbx.sip.headers import split_commas
from pbx.sip.message import Request

OUTBOUND = "outbound"
FLOW_TIMER_S = 110  # less than the 120 s after which a silent connection is closed


def supports(request: Request, tag: str) -> bool:
    """Whether the sender names an option tag in Supported or Require; a malformed list names none."""
    try:
        tags = [
            part
            for name in ("Supported", "Require")
            for value in request.headers.get_all(name)
            if value
            for part in split_commas(value)
        ]
    except ParseError:
        return False
    return any(one.lower() == tag for one in tags)


def check_flow(request: Request, contacts: Sequence[AskedContact], path: Sequence[str]) -> bool:
    """Whether the REGISTER sets flows by reg-id.

    PeerViolation 400 for two flows at once, 439 when the proxy next to the phone does not keep flows.
    """
    flows = [one for one in contacts if one.instance and one.reg_id and one.expires_s]
    if not any(one.instance and one.reg_id for one in contacts) or not supports(request, OUTBOUND):
        return False
    if len(flows) > 1:
        raise PeerViolation("more than one flow in a REGISTER", 400)
    if len(request.vias) > 1 and not has_ob(path):
        raise PeerViolation("the first hop does not keep flows", 439)
    return True
