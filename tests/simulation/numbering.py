"""Watches the CSeq of every request: in a dialog, each side counts up (RFC 3261 §12.2.1.1)."""

import re

_FIELD = re.compile(
    rb"\r\n(?:Via: [^\r]*?branch=(?P<branch>[^;\r]+)"
    rb"|From: [^\r]*?;tag=(?P<tag>[^;\r]+)"
    rb"|Call-ID: (?P<call>[^\r]+)"
    rb"|CSeq: (?P<number>\d+) (?P<method>\w+))"
)
NUMBERED_AS_THE_INVITE = frozenset({"ACK", "CANCEL"})


class Numbering:
    """The highest number of each sender in each Call-ID, and the branches that carried it."""

    def __init__(self) -> None:
        self._last: dict[tuple[bytes, bytes], int] = {}
        self._branches: set[bytes] = set()

    def sent(self, octets: bytes) -> None:
        """AssertionError for a new request whose number is not above those before."""
        if octets.startswith(b"SIP/2.0"):
            return
        found: dict[str, bytes] = {}
        for match in _FIELD.finditer(octets):
            found |= {name: value for name, value in match.groupdict().items() if value and name not in found}
        if found["method"].decode() in NUMBERED_AS_THE_INVITE or found["branch"] in self._branches:
            return
        self._branches.add(found["branch"])
        key, number = (found["call"], found["tag"]), int(found["number"])
        last = self._last.get(key, -1)
        assert number > last, f"CSeq {number} after {last}: {octets.decode()}"
        self._last[key] = number
