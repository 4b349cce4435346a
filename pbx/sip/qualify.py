"""Qualification: is a telephone there, as its answers to OPTIONS say (RFC 3261 §11, RFC 5626 §4.4)."""

from dataclasses import dataclass

JITTER = 0.1  # of the interval, so that ten thousand telephones are not asked in one second


@dataclass(frozen=True, slots=True, kw_only=True)
class QualifyRule:
    """Ask every `interval_s`, wait `timeout_s`; so many failures (successes) in a row change the verdict."""

    interval_s: float = 60.0
    timeout_s: float = 5.0
    failures: int = 3
    successes: int = 1


class Qualification:
    """The verdict on one binding, with hysteresis; a new binding is neither reachable nor not."""

    __slots__ = ("_asked_at", "_due", "_n_alike", "_rule", "is_reachable", "rtt_s")

    def __init__(self, rule: QualifyRule, now: float, spread: float) -> None:
        """`spread` 0-1 says when within the first interval the first question comes."""
        self._rule = rule
        self._asked_at: float | None = None
        self._due = now + rule.interval_s * spread
        self._n_alike = 0  # answers, or silences, in a row that speak against the verdict
        self.is_reachable: bool | None = None
        self.rtt_s: float | None = None

    @property
    def deadline(self) -> float:
        """When to ask, or to stop waiting for the answer."""
        return self._due

    @property
    def is_waiting(self) -> bool:
        """Whether a question is open."""
        return self._asked_at is not None

    def ask(self, now: float) -> None:
        """A question goes out."""
        self._asked_at, self._due = now, now + self._rule.timeout_s

    def answered(self, now: float, spread: float) -> bool:
        """Whether an answer changed the verdict; one that came too late does not count."""
        if self._asked_at is None:
            return False
        self.rtt_s = now - self._asked_at
        self._rest(self._asked_at, now, spread)
        return self._judge(True, self._rule.successes)

    def failed(self, now: float, spread: float) -> bool:
        """Whether silence, or a dead flow, changed the verdict."""
        if self._asked_at is None:
            return False
        self.rtt_s = None
        self._rest(self._asked_at, now, spread)
        return self._judge(False, self._rule.failures)

    def _rest(self, asked_at: float, now: float, spread: float) -> None:
        wait_s = self._rule.interval_s * (1 - JITTER + 2 * JITTER * spread)
        self._due = max(now, asked_at + wait_s)
        self._asked_at = None

    def _judge(self, is_reachable: bool, needed: int) -> bool:
        if self.is_reachable is is_reachable:
            self._n_alike = 0
            return False
        self._n_alike += 1
        if self._n_alike < needed and not (is_reachable and self.is_reachable is None):
            return False
        self.is_reachable, self._n_alike = is_reachable, 0
        return True
