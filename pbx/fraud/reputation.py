"""Reputation: what others say of calling numbers, and what follows of it (FRD-03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.fraud.destinations import longest

Advice = Literal["", "label", "reject"]
WORST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reputation:
    """Scores by number or prefix in E.164, 0 = nothing against it, 100 = certainly unwanted.

    From `label_from` on `label` stands before the caller's name, from `reject_from` on he is refused and told
    of `card`, the URL of a signed jCard that says whom to complain to. None = never.
    """

    scores: Mapping[str, int]
    label_from: int | None = None
    reject_from: int | None = None
    label: str = "Spam?"
    card: str = ""

    def judge(self, caller: str | None) -> tuple[Advice, int]:
        """Return what to do about a caller and his score; the longest prefix of him counts.

        Who hides his number, or is on no list, is let in: a list says who is bad, not who is good.
        """
        score = longest(caller, self.scores) if caller is not None else None
        if score is None:
            return "", 0
        if self.reject_from is not None and score >= self.reject_from:
            return "reject", score
        return ("label" if self.label_from is not None and score >= self.label_from else ""), score
