"""SecretEntry: the caller types what nobody may hear, and nobody has to remember to end that. R-20.

It begins and ends with the dialogue that asks. It ends as well when the caller is with somebody else, or
when nothing has happened for five minutes: then the dialogue is stuck, and he would stay mute for ever.
"""

from pbx.call.effects import CallEffect
from pbx.core.ids import LegId
from pbx.media.dialogue import SecureEntry
from pbx.media.effects import SetSecure

MAX_STUCK_S = 300.0  # without a key or a prompt; a dialogue that asks in vain gives up far sooner


class SecretEntry:
    """Of one leg; `now` and `deadline` in monotonic seconds."""

    __slots__ = ("_alive_at", "_leg")

    def __init__(self, leg: LegId) -> None:
        self._leg = leg
        self._alive_at: float | None = None  # None = nothing secret is entered

    @property
    def deadline(self) -> float | None:
        """When it is stuck."""
        return None if self._alive_at is None else self._alive_at + MAX_STUCK_S

    @property
    def is_on(self) -> bool:
        """Whether a secret is being entered."""
        return self._alive_at is not None

    def perform(self, effect: SecureEntry, now: float) -> list[CallEffect]:
        """Carry out the order of a dialogue."""
        self._alive_at = now if effect.on else None
        return self.secured() or [SetSecure(leg=self._leg, on=False)]

    def goes_on(self, now: float) -> None:
        """The caller pressed a key, or hears something."""
        if self._alive_at is not None:
            self._alive_at = now

    def secured(self) -> list[CallEffect]:
        """Tell the media worker that a secret is being entered, if one is."""
        return [] if self._alive_at is None else [SetSecure(leg=self._leg, on=True)]

    def leave(self) -> list[CallEffect]:
        """Whatever asked has the caller no more."""
        return [] if self._alive_at is None else self.perform(SecureEntry(on=False), self._alive_at)

    def overdue(self, now: float) -> bool:
        """Whether it has to end by itself."""
        return self.deadline is not None and now >= self.deadline
