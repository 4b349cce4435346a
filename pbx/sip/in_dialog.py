"""Requests inside a dialog, by method (RFC 3261 §12.2.2, RFC 6086 for INFO)."""

from collections.abc import Callable, Mapping

from pbx.core.secret import Secret
from pbx.sip import prack, record_key, reinvite, update
from pbx.sip.capabilities import ALLOW, OPTIONS_FIELDS
from pbx.sip.events import InfoDigit
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request
from pbx.sip.record_header import HEADER, wanted
from pbx.sip.transaction import Transaction
from pbx.sip.transfer import refer, referrer

Handler = Callable[[InviteSession, Request, Transaction, float], None]

DIGITS = frozenset("0123456789*#ABCD")
DEFAULT_DURATION_MS = 250
MAX_DURATION_MS = 5000  # the longest that application/dtmf-relay peers document
MAX_INFO_BODY = 256


def serve(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Answer a request that passed the CSeq check; 405 for methods we do not have."""
    if session.ended and request.method not in ("BYE", "PRACK"):
        session.stack.respond(transaction, 481, now=now)
        return
    HANDLERS.get(request.method, _refuse)(session, request, transaction, now)


def relay_digit(body: bytes) -> tuple[str, int] | None:
    """Return digit and milliseconds of an application/dtmf-relay body."""
    fields: dict[str, str] = {}
    for line in body[:MAX_INFO_BODY].decode("ascii", "replace").splitlines():
        name, _, value = line.partition("=")
        fields[name.strip().lower()] = value.strip().upper()
    digit, duration = fields.get("signal", ""), fields.get("duration", "")
    if digit not in DIGITS:
        return None
    is_number = duration.isascii() and duration.isdigit() and len(duration) < 6
    return digit, min(int(duration), MAX_DURATION_MS) if is_number else DEFAULT_DURATION_MS


def plain_digit(body: bytes) -> tuple[str, int] | None:
    """Return digit and milliseconds of an application/dtmf body."""
    digit = body[:MAX_INFO_BODY].decode("ascii", "replace").strip().upper()
    return (digit, DEFAULT_DURATION_MS) if digit in DIGITS else None


DIGIT_BODIES: Mapping[str, Callable[[bytes], tuple[str, int] | None]] = {
    "application/dtmf-relay": relay_digit,
    "application/dtmf": plain_digit,
}


def _info(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    parse = DIGIT_BODIES.get(request.content_type)
    if not request.body:
        if (on := wanted(request.headers.get(HEADER))) is not None:
            record_key.ask(session, on, transaction, now)
        else:
            session.stack.respond(transaction, 200, now=now)
    elif parse is None:
        accept = (("Accept", ", ".join(DIGIT_BODIES)),)
        session.stack.respond(transaction, 415, now=now, fields=accept)
    elif (found := parse(request.body)) is None:
        session.stack.respond(transaction, 400, now=now)
    else:
        session.stack.respond(transaction, 200, now=now)
        digit, duration_ms = found
        session.stack.emit(InfoDigit(leg=session.leg, digit=Secret(digit), duration_ms=duration_ms))


def _bye(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    session.stack.respond(transaction, 200, now=now)
    session.on_bye(request, now)


def _options(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    session.stack.respond(transaction, 200, now=now, fields=OPTIONS_FIELDS)


def _refuse(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    session.stack.respond(transaction, 405, now=now, fields=(("Allow", ALLOW),))


HANDLERS: Mapping[str, Handler] = {
    "BYE": _bye,
    "INFO": _info,
    "INVITE": reinvite.on_request,
    "NOTIFY": referrer.on_notify,
    "OPTIONS": _options,
    "PRACK": prack.on_request,
    "UPDATE": update.on_request,
    "REFER": refer.on_request,
}
