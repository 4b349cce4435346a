"""Tries: how often the caller of one call may still guess, whatever its flow does with him (§4.4)."""

PAIRS = 3  # complete ones that were wrong
FREE_FORMAT_ERRORS = 3  # each further one costs a try


class Tries:
    """Counts over all `verify` steps of a call.

    A try is spent when it is made and not when it is answered: whoever leaves in between has had it.
    """

    __slots__ = ("_malformed", "_spent")

    def __init__(self) -> None:
        self._spent = self._malformed = 0

    @property
    def left(self) -> int:
        """How many tries there are still."""
        return max(0, PAIRS - self._spent)

    def spend(self) -> None:
        """A complete pair goes to the store, or a format error is not free any more."""
        self._spent += 1

    def give_back(self) -> None:
        """It was right: only what is wrong is a guess."""
        self._spent = max(0, self._spent - 1)

    def is_forgiven(self) -> bool:
        """Count what is no date at all; True = this one is free."""
        self._malformed += 1
        return self._malformed <= FREE_FORMAT_ERRORS
