"""Hunting: trunk after trunk until one takes the call, and which answers end the search."""

from dataclasses import dataclass
from typing import Literal

from pbx.services.ringing import OURS_ALONE

Verdict = Literal["next", "stop"]

# About the carrier, or about our account with it; 430 is Flow Failed of RFC 5626. Every other answer is about
# the called person or number: another carrier would only ask the same person again.
NEXT = frozenset({300, 301, 302, 305, 380, 402, 408, 430, *OURS_ALONE, *range(500, 600)})


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntPolicy:
    """What a carrier's answers mean, beside `NEXT`; seconds until it has to show progress (18x)."""

    next: frozenset[int] = frozenset()
    stop: frozenset[int] = frozenset()
    no_progress_s: float = 20.0

    def verdict(self, status: int, *, has_rung: bool = False) -> Verdict:
        """Return what follows a final `status`; once the phone rang, only a server's failure goes on."""
        if status in self.stop:
            return "stop"
        if has_rung:
            return "next" if 500 <= status < 600 else "stop"
        return "next" if status in self.next or status in NEXT else "stop"


class Hunting:
    """The candidates of one call in their order; one is being tried."""

    __slots__ = ("_due", "_has_rung", "_is_urgent", "_left", "_policy")

    def __init__(self, policies: tuple[HuntPolicy, ...], *, is_urgent: bool = False) -> None:
        """`policies` are those of the candidates, best first; `is_urgent` = a call for help."""
        self._is_urgent = is_urgent
        self._left = list(policies)
        self._policy = HuntPolicy()
        self._has_rung = False
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the candidate has to show progress; never for the last one, there is nothing better then."""
        return self._due

    def begin(self, now: float) -> bool:
        """Try the next candidate; False when there is none."""
        self._due, self._has_rung = None, False
        if not self._left:
            return False
        self._policy = self._left.pop(0)
        if self._left:
            self._due = now + self._policy.no_progress_s
        return True

    def ringing(self) -> None:
        """The candidate found the phone: from now on only the ringing's own time counts."""
        self._has_rung, self._due = True, None

    def goes_on(self, status: int) -> bool:
        """Whether another candidate is tried after the final `status` of this one.

        No refusal is the last word on a call for help: a carrier that blocks the account or does not know the
        number answers 403 or 404, and another one may reach the same service.
        """
        self._due = None
        is_next = self._is_urgent or self._policy.verdict(status, has_rung=self._has_rung) == "next"
        return bool(self._left) and is_next

    def is_overdue(self, now: float) -> bool:
        """Whether the candidate has shown no progress in its time."""
        return self._due is not None and now >= self._due
