"""Switching: a call is told when it is kept, and what the store says is followed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pbx.call.effects import SetSchedule
from pbx.call.events import CallEvent
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.ivr.events import SwitchEnded
from pbx.runner import switches
from pbx.runner.switches import SwitchDesk, follow, following
from pbx.schedules.switches import Switched, Switches

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
OFFICE = ("acme", "office")
CLOSED = Switched(position="closed", by="extension/1001", at=NOW)
ONE = CallId("one")
ORDER = SetSchedule(call=ONE, tenant="acme", schedule="office", switched=CLOSED, by=CLOSED.by, opens=False)


class Shelf:
    """A store in memory, that says when it was asked."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Switched] = {}
        self.is_away = False
        self.asked = asyncio.Event()

    async def keep(
        self,
        whose: tuple[str, str],
        switched: Switched | None,
        by: str,
        at: datetime,
        *,
        call: CallId | None = None,
    ) -> None:
        if self.is_away:
            raise StorageError("away", retryable=True)
        if switched is None:
            self.held.pop(whose, None)
        else:
            self.held[whose] = switched

    async def all(self) -> Mapping[tuple[str, str], Switched]:
        self.asked.set()
        if self.is_away:
            raise StorageError("away", retryable=True)
        return dict(self.held)

    async def next(self) -> None:
        """Return when it was asked once more, and what it said is known."""
        for _ in range(2):
            self.asked.clear()
            await self.asked.wait()


async def test_a_call_is_told_when_it_is_kept() -> None:
    shelf, known, told = Shelf(), Switches(), list[CallEvent]()
    desk = SwitchDesk(shelf, known)
    assert desk.takes == (SetSchedule,)
    whose, work = desk.begun(ORDER, told.append)
    assert whose == "schedule/one"  # it outlives the call
    await work
    assert told == [SwitchEnded(call=ONE, outcome="closed")]
    assert known.of(*OFFICE, NOW) == CLOSED == shelf.held[OFFICE]
    desk.forget(ONE)


async def test_what_cannot_be_kept_is_not_so(caplog: pytest.LogCaptureFixture) -> None:
    shelf, known, told = Shelf(), Switches(), list[CallEvent]()
    shelf.is_away = True
    await SwitchDesk(shelf, known).begun(ORDER, told.append)[1]
    assert told == [SwitchEnded(call=ONE, outcome="failed")]
    assert known.of(*OFFICE, NOW) is None
    assert "a schedule could not be switched: away" in caplog.text


async def test_the_store_is_followed_and_what_was_known_holds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(switches, "POLL_S", 0.001)
    shelf, known = Shelf(), Switches()
    task = asyncio.create_task(follow(shelf, known))
    try:
        shelf.held = {OFFICE: CLOSED}
        await shelf.next()
        assert known.of(*OFFICE, NOW) == CLOSED
        shelf.is_away = True
        await shelf.next()
        assert known.of(*OFFICE, NOW) == CLOSED
        shelf.is_away, shelf.held = False, {}
        await shelf.next()
        assert known.of(*OFFICE, NOW) is None
    finally:
        task.cancel()
    assert caplog.text.count("cannot be read: away") == 1


def test_until_the_first_look_the_hours_hold() -> None:
    known, work = following(Shelf())
    work.close()
    assert known.of(*OFFICE, NOW) is None
