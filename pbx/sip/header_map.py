"""The header fields of a message: an ordered multi-map that keeps names and values as written."""

from collections.abc import Callable, Iterator
from typing import Any

from pbx.core.errors import MisuseError

Entry = tuple[str, str, str]  # key, name, value

# RFC 3261 §7.3.3 and the IANA registry of compact forms.
COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}


_COMMON = (
    "Via From To Call-ID CSeq Max-Forwards Contact Content-Type Content-Length Allow Supported User-Agent "
    "Record-Route Route Expires Require Server Authorization WWW-Authenticate Proxy-Authorization "
    "Proxy-Authenticate P-Asserted-Identity Privacy Session-Expires Min-SE Accept Date Reason Event"
)


def _long_form(name: str) -> str:
    lower = name.lower()
    return COMPACT.get(lower, lower) if len(lower) == 1 else lower


# Spelling as written -> look-up form, for the names that nearly every message has; of fixed size.
_KNOWN = {name: _long_form(name) for name in (*_COMMON.split(), *_COMMON.lower().split(), *"vftimlcksox")}


def header_key(name: str) -> str:
    """Return the look-up form of a header name: long and lower case."""
    return _KNOWN.get(name) or _long_form(name)


# The look-up form of a common name, None when nobody has looked whether it is a token.
known_key: Callable[[str], str | None] = _KNOWN.get


class Headers:
    """Ordered multi-map of header fields; look-up ignores case and compact forms.

    `version` grows with every change; `views` are typed values that a message has read since the last one.
    MisuseError on a value with line ends or NUL: such text would become another header.
    """

    __slots__ = ("_entries", "_first", "version", "views")

    def __init__(self, entries: list[Entry] | None = None, first: dict[str, str] | None = None) -> None:
        """`entries` and the `first` value of each key are owned by this object from now on."""
        self._entries: list[Entry] = entries if entries is not None else []
        self._first = first  # None = not looked at since the last change
        self.version = 0
        self.views: dict[str, Any] = {}

    def get(self, name: str) -> str | None:
        """Return the first value, None when absent."""
        first = self._first if self._first is not None else self._look()
        return first.get(_KNOWN.get(name) or _long_form(name))

    def get_all(self, name: str) -> list[str]:
        """Return every value in order, not split at commas."""
        key = _KNOWN.get(name) or _long_form(name)
        first = self._first if self._first is not None else self._look()
        return [entry[2] for entry in self._entries if entry[0] == key] if key in first else []

    def add(self, name: str, value: str) -> None:
        """Append a field."""
        self._entries.append(entry_of(name, value))
        self._touch()

    def prepend(self, name: str, value: str) -> None:
        """Put a field in front of all others."""
        self._entries.insert(0, entry_of(name, value))
        self._touch()

    def set(self, name: str, value: str) -> None:
        """Put `value` where the first field of that name stands (or at the end) and drop the others."""
        fresh = entry_of(name, value)
        kept: list[Entry] = []
        placed = False
        for entry in self._entries:
            if entry[0] != fresh[0]:
                kept.append(entry)
            elif not placed:
                kept.append(fresh)
                placed = True
        if not placed:
            kept.append(fresh)
        self._entries = kept
        self._touch()

    def remove(self, name: str) -> None:
        """Drop every field of that name."""
        key = header_key(name)
        self._entries = [entry for entry in self._entries if entry[0] != key]
        self._touch()

    def copy(self) -> "Headers":
        """Return an independent copy."""
        return Headers(list(self._entries))

    def lines(self, n_body: int) -> list[str]:
        """Return the fields as they are sent, with the Content-Length of the body last."""
        lines = [f"{name}: {value}" for key, name, value in self._entries if key != "content-length"]
        lines.append(f"Content-Length: {n_body}")
        return lines

    def _look(self) -> dict[str, str]:
        self._first = {key: value for key, _, value in reversed(self._entries)}
        return self._first

    def _touch(self) -> None:
        self.version += 1
        self._first = None
        if self.views:
            self.views.clear()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(name, value) for _, name, value in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"Headers({len(self._entries)} fields)"


def entry_of(name: str, value: str) -> Entry:
    """Return a field of ours; MisuseError when it would break the message."""
    if "\r" in value or "\n" in value or "\0" in value or "\r" in name or "\n" in name or ":" in name:
        raise MisuseError(f"header {name!r} would break the message")
    return (_KNOWN.get(name) or _long_form(name), name, value)
