"""Digest nonces the server need not remember, and the guard against replayed counts (RFC 7616 §5.4)."""

import hmac
import re
from collections import OrderedDict
from typing import Literal

NONCE_LIFETIME_S = 300
MAX_TRACKED = 65_536  # nonces with a known count; one per device and NONCE_LIFETIME_S
_MAC_BYTES = 16

NonceState = Literal["good", "stale", "bad"]

_NONCE = re.compile(r"([0-9a-f]{8})([0-9a-f]{12})([0-9a-f]{32})")  # issued at, serial, MAC


class NonceKeeper:
    """Issues and checks nonces bound to a source host and a second by HMAC-SHA-256 under `key`.

    Counts are kept for the `max_tracked` most recently used nonces. When one is forgotten, every nonce
    issued up to it that is not tracked becomes stale, so that a forgotten count can never be replayed.
    """

    __slots__ = ("_counts", "_forgotten", "_key", "_max_tracked", "_serial")

    def __init__(self, key: bytes, max_tracked: int = MAX_TRACKED) -> None:
        self._key = key
        self._max_tracked = max_tracked
        self._serial = 0
        self._forgotten = 0
        self._counts: OrderedDict[str, int] = OrderedDict()

    def issue(self, source_host: str, now_s: int) -> str:
        """Return a new nonce; `now_s` is any clock in seconds that does not jump back."""
        self._serial += 1
        body = f"{now_s:08x}{self._serial:012x}"
        return body + self._mac(body, source_host)

    def check(self, nonce: str, source_host: str, now_s: int) -> NonceState:
        """Return "good", "stale" (ours, but too old: challenge with stale=true) or "bad" (not ours)."""
        match = _NONCE.fullmatch(nonce)
        if match is None or not hmac.compare_digest(self._mac(match[1] + match[2], source_host), match[3]):
            return "bad"
        if not 0 <= now_s - int(match[1], 16) <= NONCE_LIFETIME_S:
            return "stale"
        if int(match[2], 16) <= self._forgotten and nonce not in self._counts:
            return "stale"
        return "good"

    def accept_count(self, nonce: str, nonce_count: int) -> bool:
        """Return whether `nonce_count` is higher than any before for this nonce, and remember it.

        Call it only after the response was verified, so that strangers cannot fill the table.
        """
        if nonce_count <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = nonce_count
        self._counts.move_to_end(nonce)
        if len(self._counts) > self._max_tracked:
            oldest, _ = self._counts.popitem(last=False)
            match = _NONCE.fullmatch(oldest)
            self._forgotten = max(self._forgotten, int(match[2], 16) if match else 0)
        return True

    def _mac(self, body: str, source_host: str) -> str:
        message = f"{body}:{source_host}".encode()
        return hmac.digest(self._key, message, "sha256")[:_MAC_BYTES].hex()

    def __repr__(self) -> str:
        return f"NonceKeeper({len(self._counts)} tracked)"
