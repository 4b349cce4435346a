"""Overrides follow the store; where nobody can read it, the law holds."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from pbx.consent.stance import Lowered, Overrides
from pbx.core.errors import StorageError
from pbx.runner import overrides
from pbx.runner.overrides import follow, lowering

pytestmark = pytest.mark.requirement("C-10")
DE = Lowered(region="DE", mode="notify", override="o1")


class Shelf:
    """A store in memory, that says when it was asked."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Lowered, ...]] = {}
        self.is_away = self.takes_nothing = False
        self.asked = asyncio.Event()

    async def lowered(self, now: datetime) -> Mapping[str, tuple[Lowered, ...]]:
        self.asked.set()
        if self.is_away:
            raise StorageError("away", retryable=True)
        return dict(self.held)

    async def end_expired(self, now: datetime) -> Sequence[object]:
        if self.takes_nothing:
            raise StorageError("full", retryable=True)
        return ["o0"]

    async def next(self) -> None:
        """Return when it was asked once more, and what it said is known."""
        for _ in range(2):
            self.asked.clear()
            await self.asked.wait()


def test_until_the_first_look_the_law_holds() -> None:
    known, work = lowering(Shelf())
    work.close()
    assert known.of("acme") == ()


async def test_what_is_decided_counts_and_what_cannot_be_read_does_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(overrides, "POLL_S", 0.001)
    shelf, known = Shelf(), Overrides()
    task = asyncio.create_task(follow(shelf, known))
    try:
        shelf.held = {"acme": (DE,)}
        await shelf.next()
        assert (known.of("acme"), known.of("other")) == ((DE,), ())
        shelf.takes_nothing = True
        await shelf.next()
        assert known.of("acme") == (DE,)
        shelf.is_away = True
        await shelf.next()
        assert known.of("acme") == ()
    finally:
        task.cancel()
    assert "no override holds, for nobody can read them" in caplog.text
    assert "has run out" in caplog.text
