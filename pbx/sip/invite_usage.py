"""InviteUsage: what both sides of an INVITE do with the requests that a session sends by itself."""

from pbx.core.ids import LegId
from pbx.sip import in_dialog_responses, refresh, update
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, Response
from pbx.sip.redelivery import Redelivery
from pbx.sip.responses import Fields
from pbx.sip.stack import Stack


class InviteUsage(InviteSession):
    """An InviteSession with its refreshes, its repeated UPDATEs and their responses."""

    __slots__ = ("_redelivery",)

    def __init__(self, stack: Stack, leg: LegId) -> None:
        super().__init__(stack, leg)
        self._redelivery = Redelivery(self)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take a response to a request of ours inside the dialog."""
        if not self._redelivery.takes(request, response, now):
            in_dialog_responses.take(self, request, response, now)

    def on_refresh_due(self, now: float) -> None:
        """Half of the session interval has passed."""
        refresh.send(self, now)

    def on_session_expired(self, now: float) -> None:
        """The session interval has passed without a refresh."""
        refresh.expire(self, now)

    def on_update_due(self, fields: Fields, now: float) -> None:
        """The wait after glare is over."""
        update.send(self, fields, b"", now)
