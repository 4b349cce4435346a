"""Subscription: the notifier's side of one RFC 6665 dialog usage (§4.2)."""

from typing import Protocol

from pbx.sip.dialog import Dialog
from pbx.sip.location import Aor
from pbx.sip.message import Request, Response
from pbx.sip.notify.content import Content
from pbx.sip.stack import Stack

FIRST_S = 0.5  # how long the first NOTIFY may wait for a state that has to be looked up
BURST = 5  # NOTIFYs at once: ringing, answered and ended are told without delay
RETRY_S = 5.0  # after a failure that does not end the subscription
MAX_FAILURES = 3
# RFC 6665 §4.2.2 and RFC 5057 §5.1: answers that mean that nobody is there any more.
GONE = frozenset({404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 503, 604})


class Owner(Protocol):
    """Who keeps the subscriptions."""

    def forget(self, subscription: "Subscription") -> None:
        """It is over."""
        ...


class Subscription:
    """One NOTIFY at a time is on its way; changes meanwhile are told together by the next one.

    A change is never lost: what was told is compared with the state each time a NOTIFY may go out.
    """

    __slots__ = (
        "_earliest",
        "_event",
        "_expires_at",
        "_failures",
        "_hold_until",
        "_in_flight",
        "_is_owed",
        "_owner",
        "_reason",
        "_spent_until",
        "_stack",
        "content",
        "dialog",
        "is_over",
        "subscriber",
    )

    def __init__(self, stack: Stack, owner: Owner, dialog: Dialog, content: Content) -> None:
        self._stack, self._owner = stack, owner
        self.dialog, self.content = dialog, content
        self.subscriber: Aor = ("", "")
        self.is_over = False
        self._event = content.package.name
        self._expires_at = self._hold_until = self._earliest = 0.0
        self._spent_until = 0.0  # the rate limit: every NOTIFY moves it by one interval
        self._failures = 0
        self._in_flight: int | None = None  # CSeq of the NOTIFY that waits for its answer
        self._is_owed = False  # a NOTIFY must follow a SUBSCRIBE, news or not
        self._reason = ""

    @property
    def event(self) -> str:
        """The Event header, with the id of the subscriber."""
        return self._event

    def open(self, event: str, expires_s: int, now: float) -> None:
        """Take a SUBSCRIBE that was answered: NOTIFY at once; 0 seconds are one look (§4.4.3)."""
        self._event = event
        self._expires_at = now + expires_s
        self._hold_until = now + FIRST_S
        self._is_owed = True
        self.content.restart()
        if expires_s == 0:
            self._reason = "timeout"
        self.touch(now)

    def touch(self, now: float) -> None:
        """Send what is owed or new, as soon as it may be sent."""
        if self.is_over:
            return
        due = self._due(now)
        if due is None or due > now:
            dues = [self._expires_at, *([due] if due is not None else [])]
            self._stack.deadlines.set(self, min(dues) if not self._reason else due)
            return
        self._notify(now)

    def end(self, reason: str, now: float) -> None:
        """End the subscription with a last NOTIFY (§4.1.3 names the reasons)."""
        self._reason, self._is_owed = reason, True
        self._hold_until = now
        self.touch(now)

    def end_soon(self, reason: str) -> None:
        """End the subscription at the next tick, where there is a clock."""
        if not self.is_over:
            self._reason, self._is_owed, self._hold_until = reason, True, 0.0
            self._stack.deadlines.set(self, 0.0)

    def tick(self, now: float) -> None:
        """The expiry, the end of a wait."""
        if now >= self._expires_at and not self._reason:
            self.end("timeout", now)
        else:
            self.touch(now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to a NOTIFY."""
        if response.status < 200 or self.is_over or request.cseq.number != self._in_flight:
            return
        self._in_flight = None
        if response.status < 300:
            self._failures = 0
        elif response.status in GONE or self._failures >= MAX_FAILURES:
            self.leave()
            return
        else:
            self._failures += 1
            self._is_owed, self._earliest = True, now + RETRY_S
            self.content.restart()
        self.touch(now)

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """The answer to a SUBSCRIBE could not be sent; the NOTIFY's own failure decides."""

    def leave(self) -> None:
        """End without a word."""
        self.is_over = True
        self._stack.deadlines.set(self, None)
        self._owner.forget(self)

    def _due(self, now: float) -> float | None:
        """When the next NOTIFY may go out; None = there is nothing to say, or an answer is awaited."""
        is_last = bool(self._reason)
        if self._in_flight is not None and not is_last:
            return None
        if not self._is_owed and not self.content.has_news(now):
            return None
        if now < self._hold_until and not self.content.is_known(now):
            return self._hold_until
        if is_last:
            return now
        interval = self.content.package.interval_s
        return max(self._earliest, self._spent_until - (BURST - 1) * interval)

    def _notify(self, now: float) -> None:
        dialog, stack = self.dialog, self._stack
        body = self.content.compose(now)
        request = dialog.request("NOTIFY", stack.via(dialog.peer))
        left_s = max(0, round(self._expires_at - now))
        state = f"terminated;reason={self._reason}" if self._reason else f"active;expires={left_s}"
        fields = (
            ("Contact", stack.contact(dialog.peer)),
            ("Event", self._event),
            ("Subscription-State", state),
            ("User-Agent", stack.settings.user_agent),
            *body.fields,
        )
        for name, value in fields:
            request.headers.add(name, value)
        request.body = body.octets
        self._is_owed, self._in_flight = False, request.cseq.number
        self._spent_until = max(self._spent_until, now) + self.content.package.interval_s
        if self._reason:
            self.leave()
        else:
            stack.deadlines.set(self, self._expires_at)
        stack.transactions.request(request, dialog.peer, user=self, now=now)
