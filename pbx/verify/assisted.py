"""A check that an agent asks for while he talks with the caller: he hears yes or no, and both as late."""

from dataclasses import dataclass

from pbx.verify.verification import STORE_LIMIT_S, VERDICT_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`customer` is an opaque reference, empty unless matched."""

    matched: bool
    customer: str = ""


NO_MATCH = Verdict(matched=False)


class AssistedCheck:
    """One question to the store. Wrong, locked, unknown and not asked are one answer at one time (V-10)."""

    __slots__ = ("_answer", "_give_up_at", "deadline")

    def __init__(self, now: float, *, is_asked: bool) -> None:
        """`is_asked` False = the call has no tries left, and nobody is asked."""
        self.deadline = now + VERDICT_AFTER_S
        self._give_up_at = now + STORE_LIMIT_S
        self._answer: Verdict | None = None if is_asked else NO_MATCH

    def answered(self, verdict: Verdict) -> None:
        """The store has answered; that is heard at the next step of time."""
        self._answer = self._answer or verdict

    def tick(self, now: float) -> Verdict | None:
        """The verdict when it is time for it, None = not yet: a slow store must not tell what it did."""
        if now < self.deadline:
            return None
        if self._answer is None and now < self._give_up_at:
            self.deadline = min(self.deadline + VERDICT_AFTER_S, self._give_up_at)
            return None
        return self._answer or NO_MATCH
