"""Tokens that tie results to effects, unique within one signalling process."""

from pbx.core.ids import Token


class Tokens:
    """A counter."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> Token:
        """Return a token never returned before."""
        self._last += 1
        return Token(self._last)
