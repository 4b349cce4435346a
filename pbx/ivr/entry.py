"""One round of asking for digits: the question may still be playing when the first key comes."""

from dataclasses import dataclass
from typing import Self

from pbx.core.secret import Secret
from pbx.ivr.steps import Collect, Menu
from pbx.media.collector import Collected, CollectorSettings, DigitCollector


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySettings:
    """What is asked and which digits are waited for."""

    text: str
    collector: CollectorSettings

    @classmethod
    def for_menu(cls, step: Menu) -> Self:
        """Return one key, every key: `*` and `#` may be choices."""
        collector = CollectorSettings(
            min_digits=1, max_digits=1, terminator="", clear="", first_digit_timeout_s=step.timeout_s
        )
        return cls(text=step.text, collector=collector)

    @classmethod
    def for_collect(cls, step: Collect) -> Self:
        """Return several digits, `#` ends them, `*` starts again."""
        collector = CollectorSettings(
            min_digits=step.min_digits,
            max_digits=step.max_digits,
            first_digit_timeout_s=step.first_digit_timeout_s,
            inter_digit_timeout_s=step.inter_digit_timeout_s,
        )
        return cls(text=step.text, collector=collector)


class Entry:
    """The time for the first digit starts when the question ends, or is cut short by that digit."""

    __slots__ = ("_collector", "_settings")

    def __init__(self, settings: EntrySettings) -> None:
        self._settings = settings
        self._collector: DigitCollector | None = None

    @property
    def speaking(self) -> bool:
        """Whether the question is still being played, as far as is known."""
        return self._collector is None

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; None while the question is playing, since its end is announced."""
        return self._collector.deadline if self._collector is not None else None

    def prompt_ended(self, now: float) -> None:
        """Start waiting; the late end of a question that was cut short changes nothing."""
        if self._collector is None:
            self._collector = DigitCollector(self._settings.collector, now)

    def press(self, digit: Secret[str], now: float) -> Collected | None:
        """Take one key."""
        if self._collector is None:
            self._collector = DigitCollector(self._settings.collector, now)
        return self._collector.press(digit.reveal(), now)

    def tick(self, now: float) -> Collected | None:
        """Return what was entered when the caller took too long."""
        return self._collector.tick(now) if self._collector is not None else None
