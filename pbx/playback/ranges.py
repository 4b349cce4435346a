"""Range and If-Range of HTTP (RFC 9110 §14.2, §13.1.5), one range of octets; others are answered with all."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(?P<first>[0-9]{0,19})-(?P<last>[0-9]{0,19})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Octets `first` to `last`, both included: 206."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def at_most(self, n_octets: int) -> "Part":
        """Return the beginning of it; whoever wants more reads Content-Range and asks again (§15.3.7)."""
        return Part(first=self.first, last=min(self.last, self.first + n_octets - 1))


@dataclass(frozen=True, slots=True)
class Whole:
    """No range was asked for, or none that has to be understood: 200."""


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A range of which nothing is there: 416."""


Wanted = Part | Whole | Unsatisfiable


def wanted(range_header: str, if_range: str, etag: str, size: int) -> Wanted:
    """Return what a request wants of `size` octets; empty headers are absent ones.

    A server may ignore Range: it does where units or syntax are others, for several ranges, and when If-Range
    names another version. Of a time it knows nothing, so a date in If-Range never matches.
    """
    found = _ONE.fullmatch(range_header.strip())
    if found is None or (if_range and if_range.strip() != etag):
        return Whole()
    first, last = found["first"], found["last"]
    if not first:
        return _suffix(last, size)
    if last and int(last) < int(first):
        return Whole()  # §14.1.1: invalid
    if int(first) >= size:
        return Unsatisfiable()
    return Part(first=int(first), last=min(int(last), size - 1) if last else size - 1)


def _suffix(last: str, size: int) -> Wanted:
    if not last:
        return Whole()
    if int(last) == 0 or size == 0:
        return Unsatisfiable()
    return Part(first=max(0, size - int(last)), last=size - 1)
