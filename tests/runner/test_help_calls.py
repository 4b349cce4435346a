"""Who had called for help before a restart is known when the next process begins."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from pbx.call.help_board import CALLED, OVER
from pbx.core.audit import AuditFact
from pbx.core.io.clock import monotonic, utc_now
from pbx.runner.help_calls import called_for_help
from tests.call.test_help_board import offered


class Book:
    """An audit log in memory."""

    def __init__(self, ago_s: float) -> None:
        self.asked: list[tuple[tuple[str, ...], datetime]] = []
        self._ago_s = ago_s

    async def since(self, kinds: Sequence[str], at: datetime) -> list[tuple[datetime, AuditFact]]:
        self.asked.append((tuple(kinds), at))
        details: dict[str, str | int | bool | None] = {
            "extension": "1003",
            "shown": "+441632960100",
            "window_s": 600,
        }
        fact = AuditFact(kind=CALLED, tenant="acme", details=details)
        return [(utc_now() - timedelta(seconds=self._ago_s), fact)]


@pytest.mark.requirement("CF-43")
@pytest.mark.parametrize(("ago_s", "extension"), [(590.0, "1003"), (610.0, "")])
async def test_the_window_goes_on_over_a_restart(ago_s: float, extension: str) -> None:
    book = Book(ago_s)
    board = await called_for_help(book)
    assert board.waits_for(offered("01632960100"), "GB", monotonic()) == extension
    ((kinds, since),) = book.asked
    assert kinds == (CALLED, OVER) and utc_now() - since >= timedelta(hours=24)
