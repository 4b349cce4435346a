"""Failover: the targets of one request that are left, and when the next one is tried (RFC 3263 §4.3)."""

from pbx.core.address import Remote
from pbx.sip.message import Request
from pbx.sip.stack import Stack

# §4.3: a 503, no response (the transaction layer then says 408), a transport that failed (it says 503).
FAILED = frozenset({408, 503})


class Failover:
    """Where a request goes next; targets that failed are avoided by others for a while."""

    __slots__ = ("_left", "_stack", "remote")

    def __init__(self, stack: Stack, remote: Remote, alternatives: tuple[Remote, ...] = ()) -> None:
        """`remote` is tried first."""
        self._stack, self.remote = stack, remote
        self._left = list(alternatives)

    def goes_on(self, status: int, now: float) -> bool:
        """Whether another target is to be tried after a final `status`; `remote` is that one then."""
        if status not in FAILED:
            self._stack.locator.trust(self.remote)
            return False
        self._stack.locator.avoid(self.remote, now)
        if not self._left:
            return False
        self.remote = self._left.pop(0)
        return True

    def again(self, request: Request, contact: str) -> Request:
        """Return `request` for `remote`: identical but for a new branch, and where we are reached."""
        headers = request.headers.copy()
        headers.set("Via", self._stack.via(self.remote))
        headers.set("Contact", contact)
        return Request(request.method, request.uri, headers, request.body)
