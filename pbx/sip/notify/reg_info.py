"""reg: which telephones are registered for an address-of-record (RFC 3680)."""

import hashlib
from dataclasses import dataclass, field

from pbx.sip.location import Binding
from pbx.sip.notify.package import Snapshot
from pbx.sip.notify.xml import Element, add, document, root

NAME = "reg"
CONTENT_TYPE = "application/reginfo+xml"
NAMESPACE = "urn:ietf:params:xml:ns:reginfo"
INTERVAL_S = 5.0  # RFC 3680 §4.10


@dataclass(frozen=True, slots=True, kw_only=True)
class RegContact:
    """One binding; a refresh that only moves its end is no news."""

    key: str
    uri: str
    q: int  # thousandths
    expires_at: float = field(compare=False)

    @classmethod
    def of(cls, binding: Binding) -> "RegContact":
        """Return what of a binding is told."""
        return cls(key=binding.key, uri=binding.uri, q=binding.q, expires_at=binding.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegInfo:
    """The bindings of one address-of-record at monotonic second `at`."""

    contacts: tuple[RegContact, ...]
    at: float = field(compare=False)

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        """Return the full state; bindings that are gone since `before` are in it once."""
        top = root("reginfo", NAMESPACE, {"version": str(version), "state": "full"})
        gone = self._gone(before)
        state = "active" if self.contacts else "terminated" if gone else "init"
        record = add(top, "registration", aor=entity, id=_id(entity), state=state)
        for contact in self.contacts:
            left_s = max(0, round(contact.expires_at - self.at))
            self._add(record, contact, state="active", event="registered", expires=str(left_s))
        for contact in gone:
            event = "expired" if contact.expires_at <= self.at else "unregistered"
            self._add(record, contact, state="terminated", event=event)
        return document(top)

    def _gone(self, before: Snapshot | None) -> list[RegContact]:
        if not isinstance(before, RegInfo):
            return []
        here = {contact.key for contact in self.contacts}
        return [contact for contact in before.contacts if contact.key not in here]

    def _add(self, record: Element, contact: RegContact, **attributes: str) -> None:
        q = f"{contact.q / 1000:.3f}".rstrip("0").rstrip(".")
        add(add(record, "contact", id=_id(contact.key), q=q, **attributes), "uri", contact.uri)


def _id(text: str) -> str:
    """Return an identifier that stays the same from document to document (§5.2)."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
