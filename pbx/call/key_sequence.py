"""Key sequences: codes that a party presses during a call, key by key."""

from collections.abc import Iterable

from pbx.core.ids import LegId

WITHIN_S = 3.0  # from one key to the next: longer ago, they are two thoughts


class KeySequence:
    """The parties of one call; nothing is kept of a key with which no code begins or goes on.

    No code is the beginning of another, nor has it a star but the first key.
    """

    __slots__ = ("_begun", "_codes")

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = frozenset(codes)
        self._begun: dict[LegId, tuple[str, float]] = {}  # keys of a code, and when the last came

    def pressed(self, leg: LegId, key: str, now: float) -> str:
        """Return the code that this key completes, "" = none."""
        keys, last = self._begun.pop(leg, ("", now))
        keys = keys + key if now - last <= WITHIN_S else key
        while keys and not any(code.startswith(keys) for code in self._codes):
            keys = keys[1:]
        if keys in self._codes:
            return keys
        if keys:
            self._begun[leg] = keys, now
        return ""
