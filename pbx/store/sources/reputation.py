"""A server that scores calling numbers: GET with the number, `{"score": 0}` to `{"score": 100}` as answer."""

import json

from pbx.fraud.reputation import WORST
from pbx.store.sources.http import HttpSource
from pbx.store.sources.source import SourceAway


class ReputationServer:
    """Asked over the same connection rules as a server of customers."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    async def score(self, e164: str) -> int:
        """Return the score of a number, 404 = there is nothing against it. SourceAway for everything else."""
        body = await self._source.answer(e164)
        if body is None:
            return 0
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise SourceAway(f"{self._source.name}: the answer is not JSON") from None
        score = answer.get("score") if isinstance(answer, dict) else None
        if not isinstance(score, int) or isinstance(score, bool) or not 0 <= score <= WORST:
            raise SourceAway(f'{self._source.name}: the answer is not {{"score": 0 to {WORST}}}')
        return score
