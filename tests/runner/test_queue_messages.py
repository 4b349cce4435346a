"""An order about an agent goes through the socket as it was."""

from pbx.runner.control_messages import REQUESTS
from pbx.runner.queue_messages import OrderAgent


def test_an_order_is_read_as_it_was_written() -> None:
    order = OrderAgent(tenant="acme", extension="1001", said="pause", reason="lunch", actor="x")
    assert REQUESTS.decode(REQUESTS.encode(order)) == order
