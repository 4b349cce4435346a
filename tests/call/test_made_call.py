"""A call that we make has something to say; what it does is that of those who make one."""

import pytest

from pbx.call.made_call import MadeCall
from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.core.ids import SeededIds
from tests.call.conftest import WALL, Board


def test_it_needs_a_flow_of_its_own() -> None:
    board = Board()
    board.offer("01632960102", source=Remote("udp", "127.0.0.2", 5070))
    start = next(iter(board.switchboard.calls.values())).parts.start
    call = MadeCall(start, (SeededIds(), WALL), 100.0, ring_s=30.0)
    assert call.deadline == 130.0
    with pytest.raises(MisuseError):
        assert call.flow
