"""The record key of a telephone: an INFO with Record, which waits for the call to say whether it may."""

from pbx.sip.effects import AnswerRecord
from pbx.sip.invite_session import InviteSession
from pbx.sip.reason import one_line
from pbx.sip.record_header import RecordRequested
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction

FORBIDDEN, PENDING = 403, 491


def ask(session: InviteSession, on: bool, transaction: Transaction, now: float) -> None:
    """Ask the call layer; a second key before it has answered is refused, as is one before the ACK."""
    stack = session.stack
    for gone in [leg for leg in stack.record_keys if leg not in stack.legs]:
        del stack.record_keys[gone]
    if not session.is_confirmed or session.leg in stack.record_keys:
        status = PENDING if session.is_confirmed else FORBIDDEN
        stack.respond(transaction, status, now=now)
        return
    stack.record_keys[session.leg] = transaction
    stack.emit(RecordRequested(leg=session.leg, on=on))


def answer(stack: Stack, order: AnswerRecord, now: float) -> None:
    """Answer the INFO of a leg; nothing happens when none waits."""
    transaction = stack.record_keys.pop(order.leg, None)
    if transaction is None:
        return
    text = one_line(order.reason).replace("\\", "").replace('"', "")
    warning = (("Warning", f'399 pbx "{text}"'),) if text else ()
    stack.respond(transaction, order.status, now=now, fields=warning)
