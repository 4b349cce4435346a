"""The payload of one log entry: an audit fact with its place as canonical JSON (RFC 8785)."""

from datetime import UTC, datetime

import rfc8785

from pbx.core.audit import AuditFact

VERSION = 1
MAX_EXACT = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond, a reader with doubles would see another number
Detail = str | int | bool | None


def payload(position: int, at: datetime, fact: AuditFact) -> bytes:
    """Return the octets that entry `position` commits to; the place is one of the things said."""
    value: dict[str, object] = {
        "v": VERSION,
        "position": position,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": _text(fact.kind),
        "call": None if fact.call is None else _text(fact.call),
        "tenant": _text(fact.tenant),
        "details": {_text(name): _exact(detail) for name, detail in fact.details.items()},
    }
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # its type does not know Mapping[str, object]


def _exact(detail: Detail) -> Detail:
    if isinstance(detail, str):
        return _text(detail)
    if isinstance(detail, int) and not isinstance(detail, bool) and abs(detail) > MAX_EXACT:
        return str(detail)
    return detail


def _text(text: str) -> str:
    """Return text that UTF-8 can carry; half a surrogate pair cannot be written."""
    return text.encode("utf-8", "replace").decode()
