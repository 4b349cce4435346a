"""EntryGuard: for how long nobody hears a party that enters a secret. R-20, R-21.

It follows the state of the call and no detector: 20 ms of a tone tell its digit, so who mutes what he has
recognised is too late. The state ends when the last key is known, which may be while its tone still sounds or
is on its way; so the guard stays a little longer.
"""

TAIL_S = 0.3  # the longest usual key is 100 ms, a late packet 200 ms
HELD_STEP_S = 0.02  # how often a key that is still down is looked at again
MAX_HELD_S = 10.0  # after the end; a tone or an event that lasts longer is no key


class EntryGuard:
    """Times in monotonic seconds. After `end`, `tick` at each `deadline` until it says that all is over."""

    __slots__ = ("_drains", "_due", "_ended")

    def __init__(self) -> None:
        self._due: float | None = None
        self._ended = 0.0
        self._drains = False

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, None while the entry goes on."""
        return self._due

    def begin(self) -> None:
        """A secret is being entered, for the first time or again."""
        self._due, self._drains = None, False

    def end(self, now: float) -> None:
        """It is not entered any more; the second time changes nothing."""
        if self._due is None:
            self._ended, self._due = now, now + TAIL_S

    def tick(self, now: float, *, is_key_down: bool, waiting_s: float) -> bool:
        """Return whether the party may be heard again.

        `waiting_s` = how much of its audio has come and was not played yet, in a jitter buffer.
        """
        if self._due is None or now < self._due:
            return False
        if is_key_down and now < self._ended + MAX_HELD_S:
            self._due, self._drains = now + HELD_STEP_S, False
            return False
        if waiting_s > 0 and not self._drains:
            self._due, self._drains = now + waiting_s, True
            return False
        return True
