"""Keys by SIP INFO, sent: application/dtmf-relay, the legacy usage that RFC 6086 §9 leaves as it was."""

from collections import deque
from typing import TYPE_CHECKING

from pbx.sip.effects import HangUp, SendInfo
from pbx.sip.message import Request, Response
from pbx.sip.stack import Stack

if TYPE_CHECKING:
    from pbx.sip.invite_session import InviteSession

DTMF_RELAY = "application/dtmf-relay"
MAX_WAITING = 64  # keys; a card number and its expiry are under 30
MIN_MS, MAX_MS = 50, 5000  # what application/dtmf-relay peers document; Q.24 hears nothing under 40
GONE = (408, 481)  # RFC 3261 §12.2.1.2: after these the dialog is over


def send(stack: Stack, order: SendInfo, now: float) -> None:
    """Press a key for the peer of a confirmed leg; nothing happens to one that is not, or is gone."""
    session = stack.legs.get(order.leg)
    if session is None or not session.is_confirmed:
        return
    sender = stack.digit_infos.get(order.leg)
    if sender is None:
        sender = stack.digit_infos[order.leg] = DigitInfos(session)
    sender.press(order, now)


class DigitInfos:
    """The keys that one peer has still to be told, one at a time: over UDP a later INFO could overtake.

    Lives in `Stack.digit_infos` until the last of them is answered.
    """

    __slots__ = ("_session", "_sent", "_waiting")

    def __init__(self, session: "InviteSession") -> None:
        self._session = session
        self._sent: Request | None = None
        self._waiting: deque[SendInfo] = deque()

    def press(self, order: SendInfo, now: float) -> None:
        """Send the key once those before it are answered. More than fit are not pressed."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(order)
        if self._sent is None:
            self._next(now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """The next one, whatever the peer thinks of this one: a refused key cannot be pressed otherwise."""
        session = self._session
        if response.status < 200 or request is not self._sent:
            return
        self._sent = None
        dialog = session.dialog
        again = session.retry(request, response, dialog.peer) if dialog and session.is_confirmed else None
        if dialog is not None and again is not None:
            self._transmit(again, now)
        elif response.status in GONE and session.is_confirmed:
            session.send_bye(HangUp(leg=session.leg), now)
            session.end("timeout", by_peer=True)
        if self._sent is None:
            self._next(now)

    def on_ack(self, ack: Request, now: float) -> None:
        """An INFO has no ACK."""

    def on_transport_error(self, now: float) -> None:
        """Only server transactions say so."""

    def _next(self, now: float) -> None:
        session = self._session
        if session.dialog is None or not session.is_confirmed or not self._waiting:
            session.stack.digit_infos.pop(session.leg, None)
            return
        order = self._waiting.popleft()
        info = session.request("INFO", session.dialog)
        info.headers.add("Content-Type", DTMF_RELAY)
        duration_ms = min(max(order.duration_ms, MIN_MS), MAX_MS)
        info.body = f"Signal={order.digit.reveal()}\r\nDuration={duration_ms}\r\n".encode("ascii")
        self._transmit(info, now)

    def _transmit(self, info: Request, now: float) -> None:
        dialog = self._session.dialog
        if dialog is not None:
            self._sent = info
            self._session.stack.transactions.request(info, dialog.peer, user=self, now=now)
