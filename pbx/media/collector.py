"""Collects dialled digits for any feature: lengths, terminator, clear key, timeouts."""

from dataclasses import dataclass

from pbx.core.secret import Secret

_KEYS = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorSettings:
    """What to wait for; `terminator` and `clear` are keys, empty = none."""

    min_digits: int = 1
    max_digits: int = 1
    terminator: str = "#"
    clear: str = "*"
    first_digit_timeout_s: float = 5.0
    inter_digit_timeout_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The result; `complete` = at least `min_digits` were entered."""

    digits: Secret[str]
    complete: bool
    timed_out: bool


class DigitCollector:
    """Returns one `Collected` from `press` or `tick`, then ignores everything. Times: monotonic seconds."""

    __slots__ = ("_deadline", "_digits", "_settings")

    def __init__(self, settings: CollectorSettings, now: float) -> None:
        self._settings = settings
        self._digits = ""
        self._deadline: float | None = now + settings.first_digit_timeout_s

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; None once the result was returned."""
        return self._deadline

    def restart_timer(self, now: float) -> None:
        """Begin the first-digit wait now, say after the prompt; no-op once a key was pressed."""
        if self._deadline is not None and not self._digits:
            self._deadline = now + self._settings.first_digit_timeout_s

    def press(self, digit: str, now: float) -> Collected | None:
        """Take one key; keys that cannot be DTMF are ignored."""
        if self._deadline is None or digit not in _KEYS:
            return None
        settings = self._settings
        if digit == settings.terminator:
            return self._finish(timed_out=False)
        if digit == settings.clear:
            self._digits = ""
            self._deadline = now + settings.first_digit_timeout_s
            return None
        self._digits += digit
        if len(self._digits) >= settings.max_digits:
            return self._finish(timed_out=False)
        self._deadline = now + settings.inter_digit_timeout_s
        return None

    def tick(self, now: float) -> Collected | None:
        """Return what was entered when the wait is over."""
        if self._deadline is None or now < self._deadline:
            return None
        return self._finish(timed_out=True)

    def _finish(self, *, timed_out: bool) -> Collected:
        digits, self._digits, self._deadline = self._digits, "", None
        complete = len(digits) >= self._settings.min_digits
        return Collected(digits=Secret(digits), complete=complete, timed_out=timed_out)
