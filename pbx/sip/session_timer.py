"""SessionTimer: how long one confirmed session lives without a sign of life of the other side (RFC 4028)."""

from typing import Protocol

from pbx.core.errors import ParseError
from pbx.sip.capabilities import option_tags
from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields
from pbx.sip.session_expires import (
    LONGEST_S,
    SMALLEST_S,
    Refresher,
    SessionExpires,
    agree,
    min_se,
    session_expires,
)
from pbx.sip.stack import Stack

LAST_MARGIN_S = 32.0  # §10: the BYE goes out this much before the end, or a third of the interval
MAX_LENGTHENED = 3  # 422 responses that one session follows


class RefreshUser(Protocol):
    """The session that is refreshed or ends."""

    def on_refresh_due(self, now: float) -> None:
        """Half of the interval has passed and we are the refresher."""
        ...

    def on_session_expired(self, now: float) -> None:
        """Nobody refreshed."""
        ...


class SessionTimer:
    """The agreed interval, who refreshes, and the minimum that 422 responses have taught us."""

    __slots__ = ("_agreed", "_expires_at", "_learnt_s", "_lengthened", "_stack", "_user", "is_refresher")

    def __init__(self, stack: Stack, user: RefreshUser) -> None:
        self._stack, self._user = stack, user
        self._agreed: SessionExpires | None = None
        self._expires_at = 0.0
        self._learnt_s = 0
        self._lengthened = 0
        self.is_refresher = False

    @property
    def interval_s(self) -> int:
        """The agreed interval in seconds, 0 = the session does not expire."""
        return self._agreed.interval_s if self._agreed else 0

    def ask(self, request: Request) -> None:
        """Put our wish into an INVITE or UPDATE; roles once agreed stay as they are (§7.1, §7.4)."""
        wanted_s = self.interval_s or self._stack.settings.session_expires_s
        if not wanted_s:
            return
        floor_s = max(self._learnt_s, self._stack.settings.min_se_s)
        wish = SessionExpires(max(wanted_s, floor_s), self._role("uac", "uas"))
        request.headers.set("Session-Expires", str(wish))
        if floor_s > SMALLEST_S:
            request.headers.set("Min-SE", str(floor_s))

    def lengthen(self, request: Request, response: Response) -> bool:
        """Whether a 422 taught us an interval to try `request` with again (§7.3)."""
        try:
            wanted_s = min_se(response)
            asked = session_expires(request)
        except ParseError:
            return False
        is_longer = asked is not None and asked.interval_s < wanted_s <= LONGEST_S
        if response.status != 422 or not is_longer or self._lengthened >= MAX_LENGTHENED:
            return False
        self._lengthened += 1
        self._learnt_s = max(self._learnt_s, wanted_s)
        return True

    def answer(self, request: Request, now: float) -> Fields:
        """Return the fields of our 2xx to an INVITE or UPDATE, and start anew (§9)."""
        agreed = agree(request, self._stack.settings, self._role("uas", "uac"))
        self._start(agreed, now, is_refresher=agreed is not None and agreed.refresher == "uas")
        if agreed is None:
            return ()
        fields: Fields = (("Session-Expires", str(agreed)),)
        has_timer = "timer" in option_tags(request, "Supported", "Require")
        return (*fields, ("Require", "timer")) if has_timer else fields

    def learn(self, response: Response, now: float) -> None:
        """Take what a 2xx to our INVITE or UPDATE says; nothing = no expiration any more (§7.2)."""
        try:
            agreed = session_expires(response)
        except ParseError:
            agreed = None
        if agreed is not None and agreed.interval_s < SMALLEST_S:
            agreed = SessionExpires(SMALLEST_S, agreed.refresher)
        self._start(agreed, now, is_refresher=agreed is not None and agreed.refresher != "uas")

    def stop(self) -> None:
        """The session is over."""
        self._agreed = None
        self._stack.deadlines.set(self, None)

    def try_again(self, now: float, after_s: float) -> None:
        """A refresh came to nothing; another one before the session expires."""
        if self._agreed is not None and self.is_refresher:
            self._stack.deadlines.set(self, min(now + after_s, self._last))

    def tick(self, now: float) -> None:
        """Refresh at half of the interval, end shortly before its end (§10)."""
        if self._agreed is None:
            return
        if now >= self._last:
            self.stop()
            self._user.on_session_expired(now)
            return
        self._stack.deadlines.set(self, now + max((self._last - now) / 2, 1.0))
        self._user.on_refresh_due(now)

    def _role(self, ours: Refresher, theirs: Refresher) -> Refresher:
        """The present refresher, in terms of a request in which we are `ours`."""
        if self._agreed is None:
            return ""
        return ours if self.is_refresher else theirs

    @property
    def _last(self) -> float:
        return self._expires_at - min(LAST_MARGIN_S, self.interval_s / 3)

    def _start(self, agreed: SessionExpires | None, now: float, *, is_refresher: bool) -> None:
        self._agreed, self.is_refresher = agreed, is_refresher
        if agreed is None:
            self._stack.deadlines.set(self, None)
            return
        self._expires_at = now + agreed.interval_s
        self._stack.deadlines.set(self, now + agreed.interval_s / 2 if is_refresher else self._last)
