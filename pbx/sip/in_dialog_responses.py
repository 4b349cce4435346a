"""Responses to our requests inside a dialog, by method."""

from collections.abc import Callable, Mapping

from pbx.sip import prack, reinvite, update
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, Response

Taker = Callable[[InviteSession, Request, Response, float], None]


def take(session: InviteSession, request: Request, response: Response, now: float) -> None:
    """Give a response to whoever sent the request; a CANCEL's is of no interest (RFC 3261 §9.1)."""
    taker = TAKERS.get(request.method)
    if taker is not None:
        taker(session, request, response, now)


def _bye(session: InviteSession, request: Request, response: Response, now: float) -> None:
    session.on_bye_response(request, response, now)


TAKERS: Mapping[str, Taker] = {
    "BYE": _bye,
    "INVITE": reinvite.on_response,
    "PRACK": prack.on_response,
    "UPDATE": update.on_response,
}
