"""Which trunks can take a call, and in which order."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, Member, TrunkRoute
from pbx.call.trunks import DOWN_NO_REPLY_S, TrunkBoard
from pbx.core.address import Remote
from pbx.core.ids import SeededIds
from pbx.sip.trunk.events import TrunkChanged
from tests.call.captures import CONTEXT


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


@pytest.mark.requirement("CF-42")
def test_a_call_for_help_tries_full_trunks_before_dead_ones_and_those_briefly() -> None:
    board = TrunkBoard(lambda: [(CONTEXT.tenant, "trunk/b")])
    for name in "ac":
        board.changed(TrunkChanged(tenant=CONTEXT.tenant, trunk=name, state="down", reason="408"))
    limited = context(*GROUP, limits={"b": 1})
    found = board.candidates(limited, "g", SeededIds(), emergency=True)
    usual_s = limited.trunks["a"].no_reply_s
    times = [(one.name, one.no_reply_s) for one in found]
    assert times == [("b", usual_s), ("a", DOWN_NO_REPLY_S), ("c", usual_s)]  # nothing comes after c
    (alone,) = board.candidates(limited, "c", SeededIds(), emergency=True)
    assert alone.no_reply_s == usual_s


@pytest.mark.requirement("CF-42")
def test_a_dead_trunk_never_gets_more_time_than_it_has_when_alive() -> None:
    board = TrunkBoard()
    quick = context(*GROUP)
    routes = {name: replace(route, no_reply_s=1.0) for name, route in quick.trunks.items()}
    for name in "ab":
        board.changed(TrunkChanged(tenant=CONTEXT.tenant, trunk=name, state="down", reason="408"))
    found = board.candidates(replace(quick, trunks=routes), "g", SeededIds(), emergency=True)
    assert [(one.name, one.no_reply_s) for one in found] == [("c", 1.0), ("a", 1.0), ("b", 1.0)]


def test_who_is_engaged_of_one_tenant() -> None:
    parties = [("acme", "extension/1001"), ("acme", "trunk/carrier"), ("other", "extension/1002")]
    board = TrunkBoard(lambda: iter(parties))
    assert board.engaged("acme") == {"extension/1001", "trunk/carrier"}
