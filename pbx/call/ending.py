"""The ending of a call: by whom, why, and what every leg still gets."""

from datetime import datetime

from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.sip.effects import HangUp

MAX_CALL_S = 4 * 3600.0  # a call longer than this is a stuck one; warns nobody yet, ends cleanly
CLOSING_S = 45.0  # 64*T1 for BYE plus a margin; after it the call is forgotten with a cause


class Ending:
    """Begins once; `due` is when a call is too long, after the beginning when it is forgotten."""

    __slots__ = ("at", "by", "cause", "due", "is_closing", "is_finished")

    def __init__(self, now: float) -> None:
        self.at: datetime | None = None
        self.by = self.cause = ""
        self.due = now + MAX_CALL_S
        self.is_closing = self.is_finished = False

    def begin(self, by: str, cause: str, now: float, at: datetime) -> None:
        """The call ends now: every leg has CLOSING_S to be over."""
        self.is_closing = True
        self.by, self.cause, self.at = by, cause, at
        self.due = now + CLOSING_S


def end_legs(connect: Connect, caller: Leg, reason: tuple[int, str] = (0, "")) -> list[CallEffect]:
    """Hang up every leg of a call, with a SIP cause and text as its `reason`, and give its port back."""
    cause, text = reason
    effects: list[CallEffect] = []
    for leg in connect.legs.values():
        if leg.state is LegState.OPENING and leg is not caller:
            effects += connect.drop(leg)
        elif leg.state is not LegState.ENDED:
            effects.append(HangUp(leg=leg.id, cause=cause, text=text))  # the INVITE may be pending
        effects += leg.close_port()
    return effects
