"""The refresh of a session (RFC 4028 §7.4): an UPDATE, else a re-INVITE that changes nothing."""

from pbx.sip import reinvite, update
from pbx.sip.effects import HangUp
from pbx.sip.invite_session import InviteSession

BUSY_AGAIN_S = 5.0  # an exchange is going on; it ends or fails within this
EXPIRED = 408  # §10: the Reason of the BYE


def send(session: InviteSession, now: float) -> None:
    """Refresh; media and the o= version stay as they are."""
    if update.is_possible(session):
        update.send(session, (), b"", now)
    elif not reinvite.repeat(session, now):
        session.timer.try_again(now, BUSY_AGAIN_S)


def expire(session: InviteSession, now: float) -> None:
    """End a session that nobody refreshed."""
    if not session.ended:
        session.send_bye(HangUp(leg=session.leg, cause=EXPIRED, text="Session expired"), now)
        session.end("session_expired", by_peer=False, cause=EXPIRED)
