"""HeaderRules: which header fields of strangers pass us, and which are set or left out, per carrier and way.

Nothing passes unless it is named: a B2BUA writes its own messages, and that is what keeps X- headers of the
outside from meaning anything inside.
"""

from dataclasses import dataclass

from pbx.sip.header_map import Headers, header_key
from pbx.sip.responses import Fields

MAX_EXTRA = 16  # fields of one call
MAX_VALUE = 512  # characters; User-to-User has 128 octets in hexadecimal and parameters (RFC 7433)

# What the stack writes itself, and what identifies a caller: neither passes nor is set by a rule.
RESERVED = frozenset(
    header_key(name)
    for name in (
        *("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Path"),
        *("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "MIME-Version"),
        *("Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate"),
        *("Allow", "Supported", "Require", "Proxy-Require", "Unsupported", "RAck", "RSeq"),
        *("Session-Expires", "Min-SE", "Expires", "Event", "Subscription-State", "Date"),
        *("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Privacy", "Identity"),
        *("Diversion", "History-Info", "Referred-By", "Refer-To", "Replaces", "Join", "Reason"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRules:
    """Names are compared without case; one ending in `*` stands for every name that begins so."""

    passes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    sets: Fields = ()

    def apply(self, fields: Fields) -> Fields:
        """Return what passes of `fields`, then what is set; too much or too long is left out."""
        fixed = {header_key(name) for name, _ in self.sets}
        passed = tuple(
            (name, value)
            for name, value in fields
            if self._lets(header_key(name)) and header_key(name) not in fixed and is_sendable(value)
        )
        return (*self.sets, *passed)[:MAX_EXTRA]

    def of(self, headers: Headers) -> Fields:
        """Return what passes of a received message."""
        return self.apply(tuple(headers)) if self.passes or self.sets else ()

    def _lets(self, key: str) -> bool:
        if key in RESERVED or any(matches(pattern, key) for pattern in self.removes):
            return False
        return any(matches(pattern, key) for pattern in self.passes)


def matches(pattern: str, key: str) -> bool:
    """Whether a header's key (lower case, long form) is meant by a name of a rule."""
    if pattern.endswith("*"):
        return key.startswith(pattern[:-1].lower())
    return header_key(pattern) == key


def is_sendable(value: str) -> bool:
    """Whether a value is one line of text and not too long."""
    return len(value) <= MAX_VALUE and value.isprintable()
