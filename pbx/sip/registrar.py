"""Registrar: what a REGISTER does to the bindings of its AoR (RFC 3261 §10.3)."""

from pbx.core.address import Remote
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.headers import NameAddr
from pbx.sip.location import MAX_CONTACTS, Aor, Binding, LocationService
from pbx.sip.message import Request
from pbx.sip.responses import Fields
from pbx.sip.uri import parse_uri

MIN_EXPIRES_S = 60  # below, a phone would register more often than it calls
DEFAULT_EXPIRES_S = 3600
MAX_EXPIRES_S = 7200


class IntervalTooBrief(PeerViolation):
    """An expiry below MIN_EXPIRES_S: 423 with Min-Expires."""

    def __init__(self) -> None:
        super().__init__("expires below the minimum", 423)


class Registrar:
    """Applies admitted REGISTERs, all or nothing (§10.3, step 7)."""

    __slots__ = ("_location",)

    def __init__(self, location: LocationService) -> None:
        self._location = location

    def register(self, aor: Aor, request: Request, source: Remote, now: float) -> Fields:
        """Apply the contacts and return the Contact fields of the 200.

        PeerViolation 400 (`*` with expiry or with others, contact not a SIP URI), 403 (too many
        contacts), 423 (too brief), 500 (out of order).
        """
        if request.contact_star:
            self._clear(aor, request)
        else:
            self._apply(aor, self._changes(aor, request, source, now), now)
        return tuple(
            ("Contact", f"<{one.uri}>;expires={max(0, round(one.expires_at - now))}")
            for one in self._location.bindings(aor)
        )

    def _clear(self, aor: Aor, request: Request) -> None:
        if request.expires != 0:
            raise PeerViolation("Contact * needs Expires 0", 400)
        for binding in self._location.bindings(aor):
            _check_order(binding, request)
        for binding in self._location.bindings(aor):
            self._location.unbind(aor, binding.uri)

    def _changes(self, aor: Aor, request: Request, source: Remote, now: float) -> list[Binding]:
        known = {binding.uri: binding for binding in self._location.bindings(aor)}
        changes: list[Binding] = []
        for contact in request.contacts:
            expires_s = _expires_s(contact, request)
            if contact.uri in known:
                _check_order(known[contact.uri], request)
            changes.append(
                Binding(
                    uri=_checked_uri(contact),
                    remote=source,
                    call_id=request.call_id,
                    cseq=request.cseq.number,
                    expires_at=now + expires_s,
                )
            )
        after = {*known, *(one.uri for one in changes if one.expires_at > now)}
        if len(after - {one.uri for one in changes if one.expires_at <= now}) > MAX_CONTACTS:
            raise PeerViolation("too many contacts", 403)
        return changes

    def _apply(self, aor: Aor, changes: list[Binding], now: float) -> None:
        for binding in changes:
            if binding.expires_at > now:
                self._location.bind(aor, binding)
            else:
                self._location.unbind(aor, binding.uri)


def _checked_uri(contact: NameAddr) -> str:
    try:
        uri = parse_uri(contact.uri)
    except ParseError:
        raise PeerViolation("a contact that is no SIP URI", 400) from None
    if uri.scheme != "sip":
        raise PeerViolation("a contact that is no SIP URI", 400)
    return contact.uri


def _expires_s(contact: NameAddr, request: Request) -> int:
    """Return the granted seconds: the parameter, else the header, else the default (§10.3, step 6)."""
    text = contact.param("expires")
    asked = request.expires
    if text is not None and text.isascii() and text.isdigit() and len(text) <= 10:
        asked = int(text)
    if asked is None:
        return DEFAULT_EXPIRES_S
    if 0 < asked < MIN_EXPIRES_S:
        raise IntervalTooBrief
    return min(asked, MAX_EXPIRES_S)


def _check_order(binding: Binding, request: Request) -> None:
    if binding.call_id == request.call_id and request.cseq.number <= binding.cseq:
        raise PeerViolation("REGISTER out of order", 500)
