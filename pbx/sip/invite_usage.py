"""InviteUsage: what both sides of an INVITE do with the requests that a session sends by itself."""

from pbx.sip import in_dialog_responses, refresh, update
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields


class InviteUsage(InviteSession):
    """An InviteSession with its refreshes, its repeated UPDATEs and their responses."""

    __slots__ = ()

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take a response to a request of ours inside the dialog."""
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
