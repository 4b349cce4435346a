"""The ending of a call: by whom, why, and what every leg still gets."""

from collections.abc import Iterable
from datetime import datetime

from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.core.ids import LegId
from pbx.sip.causes import ENDINGS, to_q850
from pbx.sip.effects import HangUp, Reject

MAX_CALL_S = 25 * 3600.0  # a call may last a day; a longer one is stuck, and ends cleanly
NO_MEDIA = "No media"
RETRY_AFTER_S = 10  # RFC 3261 §20.33: a released port rests as long, a dead worker is replaced sooner
UNRECORDED = (503, "Recording Unavailable")  # no Retry-After: a carrier would take it for the whole trunk
UNRECORDED_WHY = "this call has to be recorded and cannot be (on_recording_failure: refuse)"
CLOSING_S = 45.0  # 64*T1 for BYE plus a margin; after it the call is forgotten with a cause


class Ending:
    """Begins once; `due` is when a call is too long, after the beginning when it is forgotten."""

    __slots__ = ("at", "began", "by", "cause", "due", "is_closing", "is_finished", "q850", "sip")

    def __init__(self, now: float) -> None:
        self.at: datetime | None = None
        self.by = self.cause = ""
        self.began, self.due = now, now + MAX_CALL_S
        self.is_closing = self.is_finished = False
        self.sip = self.q850 = 0  # what the leg that ended said (RFC 3326), for the others

    def earliest(self, others: Iterable[float | None]) -> float | None:
        """The next deadline of a call whose parts have `others`, which no longer count once it ends."""
        if self.is_finished:
            return None
        earliest = self.due
        for due in () if self.is_closing else others:
            if due is not None and due < earliest:
                earliest = due
        return earliest

    def begin(self, by: str, cause: str, now: float, at: datetime) -> None:
        """The call ends now: every leg has CLOSING_S to be over."""
        self.is_closing = True
        self.by, self.cause, self.at = by, cause, at
        self.due = now + CLOSING_S

    def told(self, sip: int, q850: int) -> None:
        """A leg ended with these causes; the one that is missing follows from the other (RFC 3398)."""
        if not self.is_closing:
            self.sip, self.q850 = sip, q850 or to_q850(sip)

    def meant(self, cause: str) -> None:
        """We end the call; a word that the network has a cause for is told to every leg (RFC 3326)."""
        told = next((codes for word, codes in ENDINGS.items() if word == cause), None)
        if told is not None:
            self.told(*told)

    def finish(self, legs: Iterable[Leg]) -> None:
        """Nothing is waited for any more: a leg that never said its end ends as the call did."""
        self.is_finished = True
        for leg in legs:
            leg.cause, leg.ended_at = leg.cause or self.cause, leg.ended_at or self.at

    def hang_up(self, leg: LegId, reason: tuple[int, str]) -> HangUp:
        """The order that ends another leg: with a SIP cause and text of ours, or the known causes."""
        if reason[0]:
            return HangUp(leg=leg, cause=reason[0], text=reason[1])
        return HangUp(leg=leg, cause=self.sip, q850=self.q850)


def refuse_caller(connect: Connect, status: int, reason: str) -> CallEffect:
    """The final response to a caller who was not answered, with the Q.850 cause that a callee gave."""
    caller = connect.caller
    caller.state, caller.cause = LegState.ENDED, caller.cause or str(status)
    return Reject(
        leg=caller.id,
        status=status,
        reason=reason,
        retry_after_s=RETRY_AFTER_S if reason == NO_MEDIA else None,
        q850=connect.q850.get(status, 0),
        contacts=connect.relayed,
    )


def refuse_unrecorded(connect: Connect) -> list[CallEffect]:
    """The final response to a caller who cannot be recorded and has to be, nothing after an answer."""
    caller = connect.caller
    if caller.state in (LegState.ANSWERED, LegState.ENDED):
        return []
    status, reason = UNRECORDED
    caller.state, caller.cause = LegState.ENDED, str(status)
    return [Reject(leg=caller.id, status=status, reason=reason, warning=UNRECORDED_WHY)]


def end_legs(connect: Connect, ending: Ending, reason: tuple[int, str] = (0, "")) -> list[CallEffect]:
    """Hang up every leg of a call, with a SIP cause and text as its `reason`, and give its port back."""
    effects: list[CallEffect] = []
    for leg in connect.legs.values():
        if leg.state is LegState.OPENING and leg is not connect.caller:
            effects += connect.drop(leg)
        elif leg.state is not LegState.ENDED:
            effects.append(ending.hang_up(leg.id, reason))  # the INVITE may be pending
        effects += leg.close_port()
    return effects
