"""Digest nonces the server need not remember, and the guard against replayed counts (RFC 7616 §5.4)."""

import hashlib
import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections import OrderedDict
from struct import Struct
from typing import Literal

NONCE_LIFETIME_S = 300
MAX_TRACKED = 65_536  # nonces with a known count; one per device and NONCE_LIFETIME_S
TIME_BITS, SERIAL_BITS, MAC_BYTES = 24, 32, 8  # what a nonce shows: half a year, and what it does not repeat

NonceState = Literal["good", "stale", "bad"]

_NONCE = re.compile(r"[A-Za-z0-9_\-]{20}")
_SHOWN = Struct("!QI")  # of 12 octets the last 7: time and serial, low bits only
_SEALED = Struct("!qq")  # both in full


class NonceKeeper:
    """Issues and checks nonces bound to a source host and a second by a keyed BLAKE2b of 64 bits.

    A nonce is short, because the answer to a stranger may not be larger than what he sent: it shows the low
    bits of its second and its serial number, the MAC covers all of both. Counts are kept for the
    `max_tracked` most recently used nonces. When one is forgotten, every nonce issued up to it that is not
    tracked becomes stale, so that a forgotten count can never be replayed.
    """

    __slots__ = ("_counts", "_forgotten", "_key", "_max_tracked", "_serial")

    def __init__(self, key: bytes, max_tracked: int = MAX_TRACKED) -> None:
        self._key = hashlib.sha256(b"nonce:" + key).digest()  # tags of answers are made with `key` itself
        self._max_tracked = max_tracked
        self._serial = 0
        self._forgotten = 0
        self._counts: OrderedDict[str, int] = OrderedDict()

    def issue(self, source_host: str, now_s: int) -> str:
        """Return a new nonce; `now_s` is any clock in seconds that does not jump back."""
        self._serial += 1
        return self._written(now_s, self._serial, source_host)

    def check(self, nonce: str, source_host: str, now_s: int) -> NonceState:
        """Return "good", "stale" (ours, but too old: challenge with stale=true) or "bad" (not ours)."""
        if _NONCE.fullmatch(nonce) is None:
            return "bad"
        issued_at, serial = self._read(nonce, now_s)
        if not hmac.compare_digest(self._written(issued_at, serial, source_host), nonce):
            return "bad"
        if not 0 <= now_s - issued_at <= NONCE_LIFETIME_S:
            return "stale"
        if serial <= self._forgotten and nonce not in self._counts:
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
            self._forgotten = max(self._forgotten, self._read(oldest, 0)[1])
        return True

    def _written(self, issued_at: int, serial: int, source_host: str) -> str:
        shown = _SHOWN.pack(issued_at & (2**TIME_BITS - 1), serial & (2**SERIAL_BITS - 1))[5:]
        sealed = _SEALED.pack(issued_at, serial) + source_host.encode()
        mac = hashlib.blake2b(sealed, key=self._key, digest_size=MAC_BYTES).digest()
        return b2a_base64(shown + mac, newline=False).decode().replace("+", "-").replace("/", "_")

    def _read(self, nonce: str, now_s: int) -> tuple[int, int]:
        """Return second and serial number in full: of all that look the same, those nearest to now."""
        issued_at, serial = _SHOWN.unpack(
            bytes(5) + a2b_base64(nonce.replace("-", "+").replace("_", "/"))[:7]
        )
        return _nearest(issued_at, now_s, TIME_BITS), _nearest(serial, self._serial, SERIAL_BITS)

    def __repr__(self) -> str:
        return f"NonceKeeper({len(self._counts)} tracked)"


def _nearest(low: int, near: int, n_bits: int) -> int:
    """Return the number with these low bits that is nearest to `near`."""
    half = 1 << (n_bits - 1)
    return near + ((low - near + half) & ((1 << n_bits) - 1)) - half
