"""Which trunks can take a call, and in which order."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, Member, TrunkRoute
from pbx.call.trunks import TrunkBoard
from pbx.core.address import Remote
from pbx.core.ids import SeededIds
from pbx.sip.trunk.events import TrunkChanged
from tests.call.test_capture import CONTEXT


def context(*members: Member, limits: dict[str, int] | None = None) -> CallContext:
    routes = {
        name: TrunkRoute(name=name, remote=Remote("udp", "192.0.2.9", 5060), caller_id="") for name in "abc"
    }
    return replace(CONTEXT, trunks=routes, trunk_groups={"g": members}, trunk_limits=limits or {})


GROUP = (("c", 3, 1), ("a", 1, 1), ("b", 2, 1))


def order(board: TrunkBoard, name: str = "g", **more: bool) -> str:
    found = board.candidates(context(*GROUP), name, SeededIds(), **more)
    return "".join(one.name for one in found)


def test_the_order_of_a_group_and_a_trunk_alone() -> None:
    assert order(TrunkBoard()) == "abc"
    assert order(TrunkBoard(), "b") == "b"
    assert order(TrunkBoard(), "nobody") == ""


@pytest.mark.requirement("SIP-20")
def test_a_trunk_that_is_down_is_skipped_until_it_is_up() -> None:
    board = TrunkBoard()
    fact = board.changed(TrunkChanged(tenant=CONTEXT.tenant, trunk="a", state="down", reason="408"))
    assert (fact.kind, fact.tenant, fact.details["trunk"]) == ("trunk.down", CONTEXT.tenant, "a")
    board.changed(TrunkChanged(tenant="another", trunk="b", state="down"))
    board.changed(TrunkChanged(tenant=CONTEXT.tenant, trunk="b", state="unregistered"))
    assert order(board) == "bc"
    assert order(board, emergency=True) == "bca"
    board.changed(TrunkChanged(tenant=CONTEXT.tenant, trunk="a", state="up"))
    assert order(board) == "abc"


@pytest.mark.requirement("SIP-23")
def test_a_full_trunk_is_skipped_but_by_an_emergency() -> None:
    mine = (CONTEXT.tenant, "trunk/a")
    board = TrunkBoard(lambda: [mine, mine, ("another", "trunk/a"), (CONTEXT.tenant, "extension/a")])
    for limit, expected in ((2, "bc"), (3, "abc")):
        limited = context(*GROUP, limits={"a": limit})
        found = board.candidates(limited, "g", SeededIds())
        assert "".join(one.name for one in found) == expected
    limited = context(*GROUP, limits={"a": 2})
    assert [one.name for one in board.candidates(limited, "g", SeededIds(), emergency=True)][-1] == "a"
