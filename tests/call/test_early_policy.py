"""What provisional responses mean unless a trunk is told otherwise."""

from pbx.call.early_policy import EarlyPolicy


def test_a_trunk_that_says_nothing_rings() -> None:
    assert EarlyPolicy() == EarlyPolicy(ring_after=True, empty="ring")
