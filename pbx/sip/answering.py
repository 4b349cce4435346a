"""Answers: what one leg proves to whom when it is challenged (RFC 3261 §22.2)."""

from pbx.core.address import Remote
from pbx.sip.credentials import DigestCredentials
from pbx.sip.digest import is_stale
from pbx.sip.message import Request, Response
from pbx.sip.stack import Stack

MAX_STALE = 4  # nonces that became too old in one call; who says so more often wants our digests


class Answers:
    """Our credentials go to the hosts that we called with them, for their realm, once per request.

    A challenge by anybody else, in a dialog too, is an attempt to collect digests of our account.
    """

    __slots__ = ("_credentials", "_hosts", "_n_stale", "_stack")

    def __init__(self, stack: Stack, credentials: DigestCredentials | None = None) -> None:
        """Without credentials nobody gets an answer."""
        self._stack, self._credentials = stack, credentials
        self._hosts: set[str] = set()
        self._n_stale = 0

    def believe(self, remote: Remote) -> None:
        """Note that the call was sent there."""
        self._hosts.add(remote.host)

    def to(self, request: Request, response: Response, remote: Remote) -> tuple[str, str] | None:
        """Return name and value of the header that answers a 401 or 407 from `remote`, or None."""
        credentials = self._credentials
        if credentials is None or response.status not in (401, 407) or remote.host not in self._hosts:
            return None
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        if name in request.headers and not self._may_repeat(response, credentials.realm):
            return None
        value = self._stack.authorize(request, response, credentials)
        return (name, value) if value is not None else None

    def _may_repeat(self, response: Response, realm: str) -> bool:
        """Whether only the nonce was too old (RFC 7616 §3.3)."""
        self._n_stale += 1
        return self._n_stale <= MAX_STALE and is_stale(response, realm)
