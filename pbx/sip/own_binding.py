"""OwnBinding: a binding of ours at a foreign registrar, asked for by REGISTER (RFC 3261 §10.2)."""

from pbx.core.address import Remote
from pbx.core.ids import hex_id
from pbx.sip.digest import is_stale
from pbx.sip.effects import DigestCredentials
from pbx.sip.headers import NameAddr
from pbx.sip.message import Headers, Request, Response
from pbx.sip.stack import Stack, retry_request
from pbx.sip.uri import parse_uri


class OwnBinding:
    """Makes one REGISTER after the other, all of one Call-ID, and reads what their answers grant."""

    __slots__ = (
        "_aor",
        "_call_id",
        "_cseq",
        "_local",
        "_max_answers",
        "_n_answers",
        "_stack",
        "_uri",
        "expires_s",
    )

    def __init__(self, stack: Stack, aor: str, expires_s: int, *, max_answers: int) -> None:
        """Answer so many challenges of one REGISTER. ParseError when the AoR is not a SIP URI."""
        self._uri = parse_uri(aor)
        self._stack, self._aor, self.expires_s = stack, aor, expires_s
        self._local = str(NameAddr("", aor).with_param("tag", stack.tag()))
        self._call_id = hex_id(stack.ids)
        self._max_answers = max_answers
        self._cseq = self._n_answers = 0

    @property
    def user(self) -> str:
        """The user of the AoR, maybe none."""
        return self._uri.user

    def is_latest(self, request: Request) -> bool:
        """Whether the answer to `request` still counts."""
        return request.cseq.number == self._cseq

    def register(self, remote: Remote | None, contact: str) -> Request:
        """Ask for the binding for `expires_s`, 0 to remove it; without `remote` it cannot be sent."""
        self._cseq += 1
        self._n_answers = 0
        headers = Headers()
        if remote is not None:
            headers.add("Via", self._stack.via(remote))
        headers.add("Max-Forwards", "70")
        headers.add("From", self._local)
        headers.add("To", str(NameAddr("", self._aor)))
        headers.add("Call-ID", self._call_id)
        headers.add("CSeq", f"{self._cseq} REGISTER")
        headers.add("Contact", contact)
        headers.add("Expires", str(self.expires_s))
        headers.add("User-Agent", self._stack.settings.user_agent)
        return Request("REGISTER", f"{self._uri.scheme}:{self._aor.rpartition('@')[2]}", headers)

    def answer(
        self, request: Request, response: Response, account: DigestCredentials | None, remote: Remote
    ) -> Request | None:
        """Answer a 401 or 407 (§22.2); None when we have no answer, or had one that was not just stale."""
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        if account is None or self._n_answers >= self._max_answers:
            return None
        if name in request.headers and not is_stale(response, account.realm):
            return None
        value = self._stack.authorize(request, response, account)
        if value is None:
            return None
        self._n_answers += 1
        self._cseq += 1
        return retry_request(request, via=self._stack.via(remote), number=self._cseq, answer=(name, value))

    def lengthen(self, response: Response) -> bool:
        """Take the Min-Expires of a 423 (§10.2.8) if it is longer than what we asked; then ask again."""
        text = response.headers.get("Min-Expires") or ""
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > self.expires_s > 0):
            return False
        self.expires_s = int(text)
        return True

    def granted_s(self, response: Response, contact: str) -> int:
        """How long the binding of `contact` lasts, never longer than asked."""
        for one in response.contacts:
            text = one.param("expires") or ""
            if one.uri == contact.strip("<>") and text.isascii() and text.isdigit() and len(text) <= 10:
                return min(int(text), self.expires_s)
        return self.expires_s if response.expires is None else min(response.expires, self.expires_s)
