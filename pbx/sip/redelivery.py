"""Redelivery: a request inside a dialog that found nobody goes to the next hop's other addresses."""

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.sip.dialog import Dialog
from pbx.sip.invite_session import InviteSession
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Request, Response
from pbx.sip.stack import repeat_request
from pbx.sip.trunk.failover import FAILED
from pbx.sip.uri import parse_uri

MAX_TRIES = 4  # addresses of one request; each silent one costs 64*T1


class Redelivery:
    """RFC 3263 §4.3 holds in a dialog too: after a 503, silence or a dead transport the next target is tried.

    Only a next hop that is a host name has others. The dialog goes on with the one that answers. Carriers and
    edges only: the Contact of anybody else shall not make us look up a name and send to where it leads.
    """

    __slots__ = ("_dialog", "_failed", "_request", "_response", "_session", "_tried")

    def __init__(self, session: InviteSession) -> None:
        self._session = session
        self._request: Request | None = None  # the one that waits for targets, or is being repeated
        self._response: Response | None = None
        self._dialog: Dialog | None = None
        self._failed = False  # no target is left: the response counts
        self._tried: set[tuple[str, str, int]] = set()

    def takes(self, request: Request, response: Response, now: float) -> bool:
        """Whether a final response is not the last word, because another target is tried."""
        dialog = self._session.dialog_with(request.to.tag) if request.to.tag else None
        if response.status not in FAILED or dialog is None or self._failed or request.method == "ACK":
            return False
        server = _next_hop(dialog) if self._session.stack.defence.is_neighbour(dialog.peer.host) else None
        if server is None or len(self._tried) >= MAX_TRIES:
            self._tried.clear()
            return False
        self._tried.add(_address(dialog.peer))
        self._request, self._response, self._dialog = request, response, dialog
        self._session.stack.locator.avoid(dialog.peer, now)
        self._session.stack.locator.find(server, self, now)
        return True

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Repeat the request at the first target that is new, with a new branch and the same CSeq."""
        request, response, dialog = self._request, self._response, self._dialog
        assert request is not None and response is not None and dialog is not None, "nothing was asked for"
        if self._session.stack.dialogs.get(dialog.id) is not self._session:
            return  # the peer has ended it meanwhile
        fresh = next((one for one in targets if _address(one) not in self._tried), None)
        if fresh is None:
            self._give_up(request, response, now)
            return
        dialog.peer = fresh
        stack = self._session.stack
        again = repeat_request(request, via=stack.via(fresh), number=request.cseq.number)
        self._repeat_is(request, again)
        stack.transactions.request(again, fresh, user=self._session, now=now)

    def _repeat_is(self, request: Request, again: Request) -> None:
        """Wait for the answer to the repetition where one to the request was waited for."""
        if self._session.reinvite_out is request:
            self._session.reinvite_out = again
        if self._session.update_out is request:
            self._session.update_out = again

    def _give_up(self, request: Request, response: Response, now: float) -> None:
        self._failed = True
        self._session.on_response(request, response, now)
        self._failed = False
        self._tried.clear()


def _next_hop(dialog: Dialog) -> ServerName | None:
    """Return the server that a request of the dialog goes to, None when it is one address."""
    first = dialog.route_set[0].partition("<")[2].partition(">")[0] if dialog.route_set else ""
    try:
        uri = parse_uri(first or dialog.remote_target)
    except ParseError:
        return None
    server = ServerName(host=uri.host, port=uri.port or 0, transport=dialog.peer.transport)
    return None if uri.scheme == "tel" or server.is_address else server


def _address(remote: Remote) -> tuple[str, str, int]:
    return (remote.transport, remote.host, remote.port)
