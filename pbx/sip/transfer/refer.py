"""REFER inside a dialog: the request of a transferor, and the orders that answer it (RFC 3515 §2.4)."""

from pbx.core.errors import ParseError
from pbx.sip.effects import AcceptTransfer, Refer, RefuseTransfer, ReportTransfer, TellIdentity
from pbx.sip.events import TransferRequested
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request
from pbx.sip.reason import one_line
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.transfer import connected_identity, referrer
from pbx.sip.transfer.refer_to import refer_to
from pbx.sip.transfer.referral import Referral

TransferOrder = AcceptTransfer | RefuseTransfer | ReportTransfer | Refer | TellIdentity
FORBIDDEN = 403
PENDING = 491


def on_request(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Ask the call layer; refuse what is malformed, too early, or one too many.

    A second REFER while one is being tried is answered 491: RFC 3515 would allow it, but two transfers of
    one party contradict each other, and of the codes that end nothing but the transaction (RFC 5057 §5.1)
    this one says that the first is still pending.
    """
    stack = session.stack
    try:
        target = refer_to(request)
    except ParseError as error:
        stack.respond(transaction, error.status, now=now)
        return
    if not session.is_confirmed or session.leg in stack.referrals:
        status = PENDING if session.is_confirmed else FORBIDDEN
        stack.respond(transaction, status, now=now)
        return
    referral = Referral(session, transaction, is_numbered=session.was_referred)
    transaction.user = referral
    session.was_referred = True
    stack.referrals[session.leg] = referral
    replaces = target.replaces
    replaced = stack.dialogs.get(replaces.dialog) if replaces else None
    stack.emit(
        TransferRequested(
            leg=session.leg,
            target=target.user,
            is_attended=replaces is not None,
            replaced=replaced.leg if replaced and not replaced.ended else None,
            early_only=replaces.early_only if replaces else False,
        )
    )


def perform(stack: Stack, order: TransferOrder, now: float) -> None:
    """Answer the REFER of a leg, or report what came of it; nothing happens when nobody waits for that."""
    match order:
        case Refer():
            referrer.send(stack, order, now)
            return
        case TellIdentity():
            connected_identity.tell(stack, order, now)
            return
    referral = stack.referrals.get(order.leg)
    if referral is None:
        return
    match order:
        case AcceptTransfer():
            referral.accept(now)
        case RefuseTransfer():
            text = one_line(order.reason).replace("\\", "").replace('"', "")
            warning = (("Warning", f'399 pbx "{text}"'),) if text else ()
            referral.refuse(order.status, now, warning)
        case ReportTransfer():
            referral.report(order.status, now)
