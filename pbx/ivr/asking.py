"""The question of a step, and how often it may still be put."""

from pbx.core.secret import Secret
from pbx.ivr.entry import Entry, EntrySettings
from pbx.media.collector import Collected


class Asking:
    """Put it, then take keys until `press` or `tick` returns what was entered; then it may be put again."""

    __slots__ = ("_entry", "_left", "settings")

    def __init__(self, settings: EntrySettings, attempts: int) -> None:
        self.settings = settings
        self._left = attempts
        self._entry: Entry | None = None

    @property
    def is_open(self) -> bool:
        """Whether keys are waited for."""
        return self._entry is not None

    @property
    def speaking(self) -> bool:
        """Whether the question is still being played, as far as is known."""
        return self._entry is not None and self._entry.speaking

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; None while the question is playing, and between two of them."""
        return self._entry.deadline if self._entry is not None else None

    def put(self) -> bool:
        """Begin a round; False = it was put as often as it may be."""
        if self._left <= 0:
            return False
        self._left -= 1
        self._entry = Entry(self.settings)
        return True

    def prompt_ended(self, now: float) -> None:
        """The question was heard to its end."""
        if self._entry is not None:
            self._entry.prompt_ended(now)

    def press(self, digit: Secret[str], now: float) -> Collected | None:
        """Take one key."""
        return self._taken(self._entry.press(digit, now)) if self._entry is not None else None

    def tick(self, now: float) -> Collected | None:
        """The caller took too long for a key."""
        return self._taken(self._entry.tick(now)) if self._entry is not None else None

    def _taken(self, collected: Collected | None) -> Collected | None:
        if collected is not None:
            self._entry = None
        return collected
