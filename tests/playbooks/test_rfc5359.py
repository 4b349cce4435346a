"""RFC 5359, service examples: hold, transfers and forwarding, message by message."""

from tests.playbooks.playbook import Flow, Player, flows
from tests.playbooks.stage import Stage


@flows("rfc5359_services.md")
def test_services(flow: Flow) -> None:
    Player(Stage()).play(flow)
