"""A stream that has nothing to say is kept alive, and no other one."""

import pytest

from pbx.media.keep_alive import KEEP_ALIVE_S, KeepAlive


@pytest.mark.requirement("MED-11")
@pytest.mark.rfc("6263", "7")
def test_due_after_so_long_without_a_packet_and_again_after_as_long() -> None:
    keep = KeepAlive(100.0)
    assert not keep.is_due(0, 100.0 + KEEP_ALIVE_S - 0.1)
    assert keep.is_due(0, 100.0 + KEEP_ALIVE_S)
    assert not keep.is_due(0, 100.1 + KEEP_ALIVE_S)
    assert keep.is_due(0, 100.0 + 2 * KEEP_ALIVE_S)


@pytest.mark.requirement("MED-11")
def test_never_due_while_something_is_sent() -> None:
    keep = KeepAlive(0.0)
    assert not any(keep.is_due(50 * second, float(second)) for second in range(100))
    assert not keep.is_due(50 * 99, 99.0 + KEEP_ALIVE_S - 0.1)
    assert keep.is_due(50 * 99, 99.0 + KEEP_ALIVE_S)
