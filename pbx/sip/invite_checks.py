"""What an admitted INVITE must fulfil before it becomes a leg: the extensions it asks for or lacks."""

from pbx.sip import session_expires
from pbx.sip.capabilities import option_tags
from pbx.sip.hops import breadth_of
from pbx.sip.message import Request
from pbx.sip.responses import Fields
from pbx.sip.settings import EndpointSettings

Refusal = tuple[int, Fields]


def refusal(invite: Request, settings: EndpointSettings) -> Refusal | None:
    """Return the failure to answer with, None when the INVITE may be offered."""
    if breadth_of(invite) == 0:
        return 440, ()  # RFC 5393 §5.3.3.1: no branch may be tried
    return _check_reliability(invite, settings) or session_expires.refusal(invite, settings)


def _check_reliability(invite: Request, settings: EndpointSettings) -> Refusal | None:
    """420 for what we are told not to do, 421 for what we are told to insist on (RFC 3262 §3)."""
    if settings.reliable == "never" and "100rel" in option_tags(invite, "Require"):
        return 420, (("Unsupported", "100rel"),)
    if settings.reliable == "required" and "100rel" not in option_tags(invite, "Supported", "Require"):
        return 421, (("Require", "100rel"),)
    return None
