"""What is of no call."""

from pbx.call.conferences import Conferences
from pbx.call.effects import Audit, CountMessages
from pbx.call.notes import noted
from pbx.call.trunks import TrunkBoard
from pbx.core.ids import LegId
from pbx.sip.events import LegConfirmed, MessagesAsked
from pbx.sip.trunk.events import TrunkChanged


def test_noted() -> None:
    trunks, rooms = TrunkBoard(), Conferences()
    down = TrunkChanged(tenant="acme", trunk="carrier", state="down", reason="408", retry_s=0)
    [told] = noted(down, trunks, rooms, str) or []
    assert isinstance(told, Audit) and told.fact.kind == "trunk.down"
    assert noted(MessagesAsked(tenant="acme", box="main"), trunks, rooms, str) == [
        CountMessages(tenant="acme", box="main")
    ]
    assert noted(LegConfirmed(leg=LegId("a")), trunks, rooms, str) is None
