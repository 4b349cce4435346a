"""Attended transfer (RFC 5589 §7): two calls of one person become one without him."""

from dataclasses import dataclass

from pbx.call.call import Call
from pbx.call.effects import CallEffect
from pbx.call.gate_order import shut_first
from pbx.call.leg import Leg, LegState
from pbx.core.ids import LegId, Token
from pbx.sip.effects import AcceptTransfer, RefuseTransfer, ReportTransfer
from pbx.sip.events import TransferRequested

RINGING, COMPLETED = 180, 200
REPLIES = (AcceptTransfer, RefuseTransfer, ReportTransfer)  # for who has asked, and for nobody else
FORBIDDEN, GONE, BUSY, TERMINATED, UNAVAILABLE = 403, 481, 486, 487, 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What each call orders; `legs` and `tokens` belong to the call with the REFER, or to the other.

    `keeper` None = nothing was joined.
    """

    first: list[CallEffect]
    second: list[CallEffect]
    keeper: Call | None = None
    legs: tuple[LegId, ...] = ()
    tokens: tuple[Token, ...] = ()


def join(event: TransferRequested, first: Call, second: Call | None, now: float) -> Joined:
    """A party of `first` asks that its other party meets those that the same person has in `second`.

    A dialog that is gone is an outcome (481) and not the answer to REFER: that would end the transferor's
    own dialog (RFC 5057 §5.1). A dialog of somebody else is 403 (S-09).
    """
    refusal = first.parts.transfers.refusal(event.leg)
    if refusal is not None:
        return _nothing(refusal)
    replaced = second.parts.connect.legs.get(event.replaced) if second and event.replaced else None
    if second is None or replaced is None or second.parts.ending.is_closing:
        return _failed(event, GONE)
    mine = first.parts.connect.legs[event.leg]
    if first is second or first.tenant != second.tenant or replaced.party != mine.party:
        return _nothing(RefuseTransfer(leg=event.leg, status=FORBIDDEN, reason="not a call of yours"))
    if _is_on_the_move(first) or _is_on_the_move(second) or _worker(first, mine) != replaced.worker:
        return _nothing(RefuseTransfer(leg=event.leg, status=UNAVAILABLE, reason="media are apart"))
    far = second.parts.connect.other(replaced)
    if far is not None and far.state is LegState.ANSWERED:
        if event.early_only and replaced.state is LegState.ANSWERED:
            return _failed(event, BUSY)  # RFC 3891 §3
        return _meet(event, first, second, now)
    if replaced is second.parts.connect.caller and second.parts.connect.deadline is not None:
        return _ring_on(event, first, second, now)
    return _failed(event, GONE)


def _meet(event: TransferRequested, first: Call, second: Call, now: float) -> Joined:
    """All talk: the survivors are bridged in the call with the REFER, or in the one that is recorded."""
    assert event.replaced is not None, "there is a dialog to replace"
    keeper, leaves, donor, other = first, event.leg, second, event.replaced
    if second.parts.capture.is_running and not first.parts.capture.is_running:
        keeper, leaves, donor, other = second, event.replaced, first, event.leg
    connect = donor.parts.connect
    back = [*keeper.parts.direct.leave(), *donor.parts.direct.leave()]
    back += [*keeper.parts.assisted.leave(now), *donor.parts.assisted.leave(now)]
    connect.wait(connect.legs[other])
    far = connect.winner
    assert far is not None, "they talk"
    handed = connect.hand_over(now)
    keeper.parts.connect.take_over(handed)
    keeper.parts.capture.inherit(donor.parts.capture, (leg.id for leg in handed.legs))
    keeper.parts.grants.inherit(donor.parts.grants)
    told: list[CallEffect] = [*back, AcceptTransfer(leg=event.leg)]
    told += keeper.parts.transfers.attended(leaves, far, None, now)
    if keeper is second:
        told.append(ReportTransfer(leg=event.leg, status=COMPLETED))
    kept = shut_first([*told, *keeper.joined(far, now)])
    left = donor.leave(COMPLETED, now)
    return Joined(
        first=kept if keeper is first else left,
        second=left if keeper is first else kept,
        keeper=keeper,
        legs=tuple(leg.id for leg in handed.legs),
    )


def _ring_on(event: TransferRequested, first: Call, second: Call, now: float) -> Joined:
    """The target rings still: it rings on for the one who stays."""
    connect = second.parts.connect
    waits = connect.caller
    handed = connect.hand_over(now)
    first.parts.connect.take_over(handed)
    rings = any(leg.state is LegState.RINGING for leg in handed.legs)
    target = next(iter(handed.legs), waits)
    told = first.parts.transfers.attended(event.leg, target, RINGING if rings else 0, now)
    told += [*first.parts.grants.follow(now), *first.parts.acceptance.inherit(second.parts.acceptance, now)]
    return Joined(
        first=[AcceptTransfer(leg=event.leg), *first.parts.transfers.followed(first.parts.capture), *told],
        second=second.leave(COMPLETED if waits.state is LegState.ANSWERED else TERMINATED, now),
        keeper=first,
        legs=tuple(leg.id for leg in handed.legs),
        tokens=tuple(handed.lookups),
    )


def _is_on_the_move(call: Call) -> bool:
    """Whether a media worker died: where the call will be is not known yet, and it takes no orders."""
    return any(leg.is_lost for leg in call.parts.connect.legs.values())


def _worker(call: Call, leg: Leg) -> int:
    """Where the media are of the party that would stay."""
    stays = call.parts.connect.other(leg)
    return stays.worker if stays is not None else leg.worker


def _nothing(refusal: RefuseTransfer) -> Joined:
    return Joined(first=[refusal], second=[])


def _failed(event: TransferRequested, status: int) -> Joined:
    return Joined(
        first=[AcceptTransfer(leg=event.leg), ReportTransfer(leg=event.leg, status=status)], second=[]
    )
