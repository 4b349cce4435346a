"""Facts of other processes are told once, in their order, also after the database was away."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.runner import fact_watch

Found = list[tuple[int, AuditFact]]
ONE, TWO, THREE = (AuditFact(kind=f"recording.{name}") for name in ("finished", "unreadable", "failed"))


class Answers:
    """A log that answers like this, one question after the other, and then says that it is through."""

    def __init__(self, *answers: Found | StorageError) -> None:
        self._answers = list(answers)
        self.asked: list[int] = []
        self.through = asyncio.Event()

    async def newest_id(self) -> int:
        return 0

    async def after(self, number: int, kinds: Sequence[str], limit: int) -> Found:
        self.asked.append(number)
        if not self._answers:
            self.through.set()
            return []
        answer = self._answers.pop(0)
        if isinstance(answer, StorageError):
            raise answer
        return answer


async def test_each_fact_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(fact_watch, "POLL_S", 0.0)
    away = StorageError("locked", retryable=True)
    log, told = Answers([(5, ONE), (8, TWO)], away, away, [], [(9, THREE)]), list[AuditFact]()
    task = asyncio.create_task(fact_watch.watch(log, 4, ("recording.finished",), told.append))
    await asyncio.wait_for(log.through.wait(), 5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert told == [ONE, TWO, THREE]
    assert log.asked[:6] == [4, 8, 8, 8, 8, 9]
    assert caplog.messages == ["the metrics of stored recordings wait: locked"]
