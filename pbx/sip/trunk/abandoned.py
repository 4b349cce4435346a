"""AbandonedInvite: an INVITE whose target was too slow; what still comes of it is undone."""

from pbx.core.address import Remote
from pbx.sip.dialog import Dialog
from pbx.sip.message import Request, Response
from pbx.sip.responses import cancel_of
from pbx.sip.stack import Stack


class AbandonedInvite:
    """Takes the responses of the transaction: a late 1xx is cancelled, a late 2xx acknowledged and ended.

    Without any it ends with the transaction's own timer B.
    """

    __slots__ = ("_acks", "_is_cancelled", "_remote", "_stack")

    def __init__(self, stack: Stack, remote: Remote) -> None:
        self._stack, self._remote = stack, remote
        self._is_cancelled = False
        self._acks: dict[str, bytes] = {}

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """RFC 3261 §9.1 lets us cancel once a provisional response has come, §13.2.2.4 ends a 2xx."""
        if request.method != "INVITE":
            return
        if response.status < 200:
            if not self._is_cancelled:
                self._is_cancelled = True
                self._stack.transactions.request(cancel_of(request), self._remote, user=self, now=now)
        elif response.status < 300:
            self._undo(request, response, now)

    def on_ack(self, ack: Request, now: float) -> None:
        """No server transaction here."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _undo(self, invite: Request, response: Response, now: float) -> None:
        tag = response.to.tag or ""
        if tag not in self._acks:
            dialog = Dialog.of_uac(invite, response, self._remote)
            self._acks[tag] = bytes(dialog.ack(self._stack.via(self._remote), invite.cseq.number))
            self._stack.send(self._acks[tag], self._remote)
            bye = dialog.request("BYE", self._stack.via(self._remote))
            self._stack.transactions.request(bye, self._remote, user=self, now=now)
            return
        self._stack.send(self._acks[tag], self._remote)
