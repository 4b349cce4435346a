"""Reputation: what others say of calling numbers, and what follows of it (FRD-03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.fraud.destinations import longest

Advice = Literal["", "label", "challenge", "reject"]
WORST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedServer:
    """What it tells of a number counts for `keep_s`; `unanswered` is the score of whom it says nothing of."""

    keep_s: float
    unanswered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reputation:
    """Scores by number or prefix in E.164, 0 = nothing against it, 100 = certainly unwanted.

    From `label_from` on `label` stands before the caller's name, from `challenge_from` on he talks with the
    flow `challenge` first, and from `reject_from` on he is refused and told of `card`, the URL of a signed
    jCard that says whom to complain to. None = never.
    """

    scores: Mapping[str, int]
    label_from: int | None = None
    challenge_from: int | None = None
    reject_from: int | None = None
    label: str = "Spam?"
    challenge: str = ""
    card: str = ""
    server: AskedServer | None = None

    def judge(self, caller: str | None, told: int | None = None) -> tuple[Advice, int]:
        """Return what to do about a caller and his score: that of his longest prefix, or what was `told`.

        The worse counts.
        Who hides his number, or of whom nobody speaks, is let in: a list says who is bad, not who is good.
        """
        listed = longest(caller, self.scores) if caller is not None else None
        said = [score for score in (listed, told) if score is not None]
        if not said:
            return "", 0
        score = max(said)
        if _reaches(score, self.reject_from):
            return "reject", score
        if _reaches(score, self.challenge_from):
            return "challenge", score
        return ("label" if self.doubts(score) else ""), score

    def doubts(self, score: int) -> bool:
        """Whether those whom he calls are to see it."""
        return _reaches(score, self.label_from)


def _reaches(score: int, least: int | None) -> bool:
    return least is not None and score >= least
