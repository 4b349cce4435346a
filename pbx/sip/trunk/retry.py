"""When a failed registration is tried again: soon, when asked to, or once an admin had time to look."""

from pbx.core.ids import Ids, uint32
from pbx.sip.message import Response

BASE_S, LONGEST_S = 30.0, 1800.0  # RFC 5626 §4.5: base-time when nothing works, max-time
REFUSED_S = 1800.0  # wrong password, unknown user, forbidden: nothing that repeating would mend
MAX_RETRY_AFTER_S = 3600
# Those that pass by themselves; every other failure is about what an admin wrote.
PASSING = frozenset({408, 423, 430, 480, 491, *range(500, 600)})


def retry_after_s(response: Response) -> int | None:
    """Return the seconds of a Retry-After header (RFC 3261 §20.33), at most an hour; None without one."""
    words = (response.headers.get("Retry-After") or "").replace(";", " ").replace("(", " ").split()
    text = words[0] if words else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return min(int(text), MAX_RETRY_AFTER_S)


def backoff_s(n_failures: int, ids: Ids) -> float:
    """Return RFC 5626 §4.5: half to all of 30 s doubled with each failure in a row, at most half an hour."""
    upper_s = min(LONGEST_S, BASE_S * 2 ** min(n_failures, 10))
    return _part(upper_s, ids)


def wait_s(response: Response, n_failures: int, ids: Ids) -> float:
    """Return how long to wait after a final failure, the `n_failures`th in a row."""
    asked = retry_after_s(response)
    if asked is not None:
        return max(1.0, float(asked))
    if response.status in PASSING:
        return backoff_s(n_failures, ids)
    return _part(REFUSED_S, ids)


def _part(upper_s: float, ids: Ids) -> float:
    """A random part between a half and all, so that many do not come back at one moment."""
    return upper_s * (0.5 + 0.5 * uint32(ids) / 2**32)
