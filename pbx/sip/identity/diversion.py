"""Diversions of a call: Diversion (RFC 5806) and History-Info (RFC 7044), read, written and translated."""

from collections.abc import Iterable
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.sip.headers import NameAddr, parse_name_addr, split_commas
from pbx.sip.identity.profile import DiversionForm
from pbx.sip.message import Headers
from pbx.sip.responses import Fields
from pbx.sip.uri import SipUri, parse_uri

MAX_DIVERSIONS = 5  # a call forwarded more often goes round in a circle, or is about to
MAX_ENTRIES = 20  # of History-Info: not every entry is a diversion
MAX_REASON = 32

# RFC 7544 §4: reasons of Diversion, and the cause of the URI that the call went on to (RFC 4458).
CAUSES = {
    "unconditional": 302,
    "user-busy": 486,
    "no-answer": 408,
    "deflection": 480,
    "unavailable": 503,
    "unknown": 404,
}
_REASONS = {cause: reason for reason, cause in CAUSES.items()} | {487: "deflection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion:
    """`uri` sent the call on, `counter` times, for `reason`; `private` = not for the called party."""

    uri: str
    reason: str = "unknown"
    counter: int = 1
    private: bool = False

    @property
    def cause(self) -> int:
        """The cause of RFC 4458; reasons without one count as unknown."""
        return CAUSES.get(self.reason, CAUSES["unknown"])


def reason_of(cause: int) -> str:
    """Return the Diversion reason of a cause."""
    return _REASONS.get(cause, "unknown")


def n_diversions(diversions: Iterable[Diversion]) -> int:
    """How often the call was sent on."""
    return sum(one.counter for one in diversions)


def diversions_of(headers: Headers) -> tuple[Diversion, ...]:
    """Return what a trusted peer says, the latest first (RFC 5806 §5.1); malformed entries are left out.

    History-Info knows more, so it counts when both are there (RFC 7544 §3).
    """
    entries = _addresses(headers, "History-Info")
    found = _of_history(entries) if entries else ()
    return found or tuple(map(_diversion, _addresses(headers, "Diversion")[:MAX_DIVERSIONS]))


def diversion_fields(diversions: tuple[Diversion, ...], target: str, form: DiversionForm) -> Fields:
    """Return the headers of a call to `target` that was sent on so, latest first."""
    if not diversions or form == "none":
        return ()
    fields: Fields = ()
    if form in ("diversion", "both"):
        fields = tuple(("Diversion", _written(one)) for one in diversions)
    if form in ("history-info", "both"):
        fields = (*fields, ("History-Info", ", ".join(_history(diversions, target))))
    return fields


def _addresses(headers: Headers, name: str) -> list[NameAddr]:
    found: list[NameAddr] = []
    for value in headers.get_all(name):
        try:
            found += [parse_name_addr(part) for part in split_commas(value)]
        except ParseError:
            continue
    return found[:MAX_ENTRIES]


def _diversion(address: NameAddr) -> Diversion:
    reason = (address.param("reason") or "unknown").lower()
    counter = address.param("counter") or "1"
    return Diversion(
        uri=address.uri,
        reason=reason if len(reason) <= MAX_REASON and reason.isascii() else "unknown",
        counter=int(counter) if counter.isascii() and counter.isdigit() and len(counter) <= 2 else 1,
        private=(address.param("privacy") or "off").lower() != "off",
    )


def _written(one: Diversion) -> str:
    privacy = "full" if one.private else "off"
    counter = f";counter={one.counter}" if one.counter > 1 else ""
    reason = one.reason if one.reason in CAUSES else "unknown"
    return f"{NameAddr('', one.uri)};reason={reason};privacy={privacy}{counter}"


def _of_history(entries: list[NameAddr]) -> tuple[Diversion, ...]:
    """An entry with a cause was reached from the entry of its mp or rc index (RFC 7044 §5)."""
    by_index = {entry.param("index") or "": entry for entry in entries}
    found: list[Diversion] = []
    for entry in entries:
        index = entry.param("index") or ""
        before = by_index.get(entry.param("mp") or entry.param("rc") or index.rpartition(".")[0])
        cause = _cause(entry)
        if before is None or cause is None:
            continue
        uri, private = _plain(before)
        found.append(Diversion(uri=uri, reason=reason_of(cause), private=private))
    return tuple(reversed(found))[:MAX_DIVERSIONS]


def _cause(entry: NameAddr) -> int | None:
    try:
        value = parse_uri(entry.uri).param("cause") or ""
    except ParseError:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) == 3 else None


def _plain(entry: NameAddr) -> tuple[str, bool]:
    """Return the URI of an entry without its escaped headers, and whether one of them is Privacy."""
    try:
        uri = parse_uri(entry.uri)
    except ParseError:
        return entry.uri.partition("?")[0], True
    private = any(
        name.lower() == "privacy" and value.lower() in ("history", "id", "header")
        for name, value in uri.headers
    )
    params = tuple(pair for pair in uri.params if pair[0].lower() != "cause")
    return str(SipUri(uri.scheme, uri.user, uri.host, uri.port, params)), private


def _history(diversions: tuple[Diversion, ...], target: str) -> list[str]:
    """Return one entry per stop of the way, each the child of the one before."""
    entries: list[str] = []
    index, reached = "1", None
    for one in reversed(diversions):
        entries.append(_entry(one.uri, reached, index, private=one.private))
        index, reached = f"{index}.1", one
    entries.append(_entry(target, reached, index, private=False))
    return entries


def _entry(uri: str, reached: Diversion | None, index: str, *, private: bool) -> str:
    cause = f";cause={reached.cause}" if reached is not None else ""
    wish = "?Privacy=history" if private else ""
    moved = f";mp={index.rpartition('.')[0]}" if reached is not None else ""
    return f"<{uri}{cause}{wish}>;index={index}{moved}"
