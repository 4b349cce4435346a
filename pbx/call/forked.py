"""Forked: what a recorder of others is shown of a call, or of a conference (RFC 7866 §4)."""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass

from pbx.call.call_parts import CallParts
from pbx.call.capture import Capture
from pbx.call.context import CallContext
from pbx.call.leg import Leg, LegState
from pbx.call.recorded_room import RecordedRoom, comes_back
from pbx.core.ids import CallId, LegId
from pbx.siprec.events import Picture, Recorded

ANONYMOUS = "sip:anonymous@anonymous.invalid"  # RFC 3323 §4.1.1.3
_SENDING = frozenset({"sendrecv", "recvonly"})  # as seen from us
_Owner = Callable[[LegId], CallId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What pictures are made with: `gates` = whose voice may be kept, `owner` = the call of a leg.

    `shown` are those who were in the last picture.
    """

    gates: Container[LegId]
    owner: _Owner
    shown: Collection[LegId] = ()


def picture_of(parts: CallParts, company: tuple[Leg, ...], view: View) -> Picture | None:
    """Return who talks in a recorded call, in `company` of three or as two; None = it is not recorded."""
    capture = parts.capture
    if not capture.is_running or capture.kind != "call" or parts.ending.is_closing:
        return None
    if company:
        return _gathered(capture, company, parts.context, view)
    talkers = [leg for leg in (parts.connect.caller, parts.connect.winner) if leg is not None]
    parties = tuple(
        _recorded(leg, parts.context, is_kept=leg.id in view.gates)
        for leg in talkers
        if leg.state is LegState.ANSWERED
    )
    return Picture(parties=parties, is_paused=capture.paused is not None)


def picture_of_room(room: RecordedRoom, view: View) -> Picture | None:
    """Return who is kept of those in a conference that is being recorded; None = it is not."""
    if not room.capture.is_running or room.is_over:
        return None
    return _gathered(room.capture, room.legs, room.context, view)


def _gathered(capture: Capture, legs: Collection[Leg], context: CallContext, view: View) -> Picture:
    """Of a room, who is not kept is not named either: nobody else's stream has anything of him."""
    kept = [leg for leg in legs if leg.state is LegState.ANSWERED and _is_kept(leg, capture, view)]
    parties = tuple(_recorded(leg, context, is_kept=True, call=view.owner(leg.id)) for leg in kept)
    return Picture(parties=parties, is_paused=capture.paused is not None)


def _is_kept(leg: Leg, capture: Capture, view: View) -> bool:
    """Whose media worker has died keeps his place, in which nothing flows until he is back."""
    is_coming_back = comes_back(leg) and leg.id in view.shown
    return leg.id in view.gates and (capture.keeps(leg.id) or is_coming_back)


def _recorded(leg: Leg, context: CallContext, *, is_kept: bool, call: CallId | None = None) -> Recorded:
    kind, _, name = leg.party.partition("/")
    domain, audio, talk = context.domain, leg.audio, leg.negotiation
    codec = talk.codec if talk is not None else ""
    user = name if kind == "extension" else leg.number
    return Recorded(
        leg=leg.id,
        aor=f"sip:{user}@{domain}" if user else ANONYMOUS,
        codec=codec,
        call=call,
        name=context.names.get(name, "") if kind == "extension" else "",
        is_kept=is_kept and bool(codec),
        sends=audio is not None and audio.direction in _SENDING,
    )
