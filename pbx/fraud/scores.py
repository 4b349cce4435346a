"""Scores: what servers have told of calling numbers, for as long as it is kept."""

MAX_KEPT = 10_000  # numbers of all tenants, some 2 MB; the oldest is forgotten first
Number = tuple[str, str]  # tenant and E.164


class Scores:
    """In memory alone: after a restart the servers are asked again."""

    __slots__ = ("_scores",)

    def __init__(self) -> None:
        self._scores: dict[Number, tuple[int, float]] = {}

    def known(self, number: Number, now: float) -> int | None:
        """Return a score that may still be used, None = ask."""
        score, until = self._scores.get(number, (0, now))
        return score if now < until else None

    def keep(self, number: Number, score: int, until: float) -> None:
        """Somebody has told, or has not told in time."""
        self._scores.pop(number, None)
        self._scores[number] = score, until
        while len(self._scores) > MAX_KEPT:
            del self._scores[next(iter(self._scores))]
