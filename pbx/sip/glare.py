"""Glare: both sides offered at once, or the peer is busy; when to try again (RFC 3261 §14.1, §21.5.1)."""

from typing import Protocol

from pbx.core.errors import ParseError
from pbx.core.ids import Ids, LegId, uint32
from pbx.sip.events import ReinviteDue
from pbx.sip.grammar import parse_number
from pbx.sip.message import Response
from pbx.sip.responses import Fields
from pbx.sip.stack import Stack

PENDING = 491
STEP_S = 0.01  # §14.1: in units of 10 ms
LONGEST_WAIT_S = 32  # a longer Retry-After outlives the reason for the offer
MAX_TRIES = 5  # of one leg in a row; who is still refused then is not in a race
BUSY_AGAIN_S = 1.0


class GlareUser(Protocol):
    """The leg that was refused."""

    stack: Stack
    leg: LegId

    @property
    def owns_call_id(self) -> bool:
        """Whether we made the Call-ID."""
        ...

    @property
    def is_negotiating(self) -> bool:
        """Whether an offer or a request with one is pending in either direction."""
        ...

    def on_update_due(self, fields: Fields, now: float) -> None:
        """An UPDATE without SDP may be tried again."""
        ...


class GlareWait:
    """The wait of one leg before it offers, or updates, again; the call layer makes the new offer."""

    __slots__ = ("_fields", "_session", "_tries")

    def __init__(self, session: GlareUser) -> None:
        self._session = session
        self._tries = 0
        self._fields: Fields | None = None

    def begin(self, response: Response, now: float, fields: Fields | None = None) -> float | None:
        """Return the seconds to wait after a refusal, None when another try is of no use.

        `fields` are those of an UPDATE without SDP, which is repeated as it was.
        """
        session = self._session
        seconds = wait_s(response, session.stack.ids, owns_call_id=session.owns_call_id)
        if seconds is None or self._tries >= MAX_TRIES:
            self._tries = 0
            return None
        self._tries += 1
        self._fields = fields
        session.stack.deadlines.set(self, now + seconds)
        return seconds

    def succeeded(self) -> None:
        """The race is over."""
        self._tries = 0

    def stop(self) -> None:
        """The leg is over, or has a new reason."""
        self._session.stack.deadlines.set(self, None)

    def tick(self, now: float) -> None:
        """Offer again, unless something else is going on just now."""
        session = self._session
        if session.is_negotiating:
            session.stack.deadlines.set(self, now + BUSY_AGAIN_S)
        elif self._fields is not None:
            session.on_update_due(self._fields, now)
        else:
            session.stack.emit(ReinviteDue(leg=session.leg))


def wait_s(response: Response, ids: Ids, *, owns_call_id: bool) -> float | None:
    """Return the wait that a refusal asks for: 2.1-4 s for the owner of the Call-ID, else 0-2 s (§14.1)."""
    if response.status == PENDING:
        first, last = (210, 400) if owns_call_id else (0, 200)
        return (first + uint32(ids) % (last - first + 1)) * STEP_S
    value = response.headers.get("Retry-After")
    if response.status < 500 or value is None:
        return None
    try:
        seconds = parse_number(value.partition(";")[0].partition("(")[0].strip(), 2**31, "Retry-After")
    except ParseError:
        return None
    return float(seconds) if seconds <= LONGEST_WAIT_S else None
