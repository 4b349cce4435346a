"""RFC 3665, call flows of RFC 3261: what a registrar (§2) and a B2BUA (§3) send, message by message."""

from tests.playbooks.playbook import Flow, Player, flows
from tests.playbooks.stage import Stage


@flows("rfc3665_registration.md")
def test_registration(flow: Flow) -> None:
    Player(Stage()).play(flow)


@flows("rfc3665_sessions.md")
def test_sessions(flow: Flow) -> None:
    Player(Stage()).play(flow)
