"""Whether a request inside a dialog comes from whoever the dialog is with (S-09).

Call-ID and both tags prove that somebody saw the dialog, not that he is part of it: RFC 3261 asks for nothing
more. Here he has to send from where the peer was last heard from, be a carrier, an edge or this machine, or
stand where a telephone of the same user is registered, as one does whose address has changed.
"""

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.sip.defence.sources import source_key
from pbx.sip.dialog import Dialog
from pbx.sip.location import Aor, LocationService
from pbx.sip.stack import Stack
from pbx.sip.uri import parse_uri


def is_of_peer(stack: Stack, location: LocationService, dialog: Dialog, source: Remote) -> bool:
    """Whether `source` may speak in `dialog`."""
    if stack.settings.accept_calls_from_anyone or source.host == dialog.peer.host:
        return True
    if stack.defence.is_neighbour(source.host) or source_key(source.host) == source_key(dialog.peer.host):
        return True
    aor = _aor(stack, dialog)
    return aor is not None and any(
        source_key(one.remote.host) == source_key(source.host) for one in location.bindings(aor)
    )


def may_cancel(stack: Stack, origin: Remote, source: Remote) -> bool:
    """Whether `source` may cancel an INVITE that came from `origin`: the hop that sent it, or a neighbour."""
    is_open = stack.settings.accept_calls_from_anyone or stack.defence.is_neighbour(source.host)
    return is_open or source_key(source.host) == source_key(origin.host)


def _aor(stack: Stack, dialog: Dialog) -> Aor | None:
    """The peer's address of record, None when it is of another domain."""
    try:
        uri = parse_uri(dialog.remote_uri)
    except ParseError:
        return None
    tenant = stack.settings.domains.get(uri.host.lower())
    return (tenant, uri.user) if tenant is not None else None
