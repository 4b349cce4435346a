"""Loops through ourselves, and the breadth that a caller allows."""

import pytest

from pbx.core.ids import SeededIds
from pbx.sip.hops import DEFAULT_BREADTH, HEADER, MAX_MARKS, Hops, LoopGuard, breadth_of, marks_of
from pbx.sip.message import Headers, Request
from tests.sip.conftest import PBX
from tests.sip.peer import Peer, statuses

KEY = b"k" * 32


def invite(*fields: tuple[str, str]) -> Request:
    headers = Headers()
    for name, value in fields:
        headers.add(name, value)
    return Request("INVITE", "sip:a@b", headers)


def onward(hops: Hops | None) -> Request:
    assert hops is not None
    return invite(*hops.fields())


@pytest.mark.requirement("SIP-31")
@pytest.mark.rfc("3261", "16.3")
def test_a_forward_loop_across_tenants_is_seen_at_the_third_pass() -> None:
    guard = LoopGuard(KEY, SeededIds())
    first = guard.pass_on(invite(), "acme", "100")
    second = guard.pass_on(onward(first), "umbrella", "200")
    assert guard.pass_on(onward(second), "acme", "100") is None


@pytest.mark.rfc("3261", "16.3")
def test_a_spiral_with_another_number_is_no_loop() -> None:
    guard = LoopGuard(KEY, SeededIds())
    again = guard.pass_on(onward(guard.pass_on(invite(), "acme", "100")), "acme", "101")
    assert again is not None and len(again.marks) == 2
    assert guard.pass_on(onward(again), "umbrella", "100") is not None, "another tenant's number"


def test_marks_tell_strangers_nothing() -> None:
    guard, other = LoopGuard(KEY, SeededIds()), LoopGuard(b"x" * 32, SeededIds("x"))
    one, two = guard.pass_on(invite(), "acme", "100"), guard.pass_on(invite(), "acme", "100")
    assert one is not None and two is not None
    assert one.marks != two.marks, "the same way twice looks different"
    assert other.pass_on(onward(one), "acme", "100") is not None
    assert LoopGuard(KEY, SeededIds("y")).pass_on(onward(one), "acme", "100") is None, "the key decides"


def test_rubbish_is_left_out_and_the_list_is_bounded() -> None:
    mark = "0" * 24
    assert marks_of(invite((HEADER, f"x, {mark},,{mark.upper()}A"))) == (mark,)
    many = invite((HEADER, ",".join([mark] * 100)), (HEADER, mark))
    assert len(marks_of(many)) == MAX_MARKS
    hops = LoopGuard(KEY, SeededIds()).pass_on(many, "acme", "100")
    assert hops is not None and len(hops.marks) == MAX_MARKS and hops.marks[-1] != mark


@pytest.mark.rfc("5393", "5.3.3")
@pytest.mark.parametrize(
    ("value", "breadth"), [("60", 60), ("61", 60), ("1", 1), ("0", 0), ("x", 60), ("-1", 60)]
)
def test_max_breadth(value: str, breadth: int) -> None:
    assert breadth_of(invite(("Max-Breadth", value))) == breadth
    assert breadth_of(invite()) == DEFAULT_BREADTH


@pytest.mark.requirement("SIP-31")
def test_the_engine_refuses_its_own_call_and_no_breadth() -> None:
    peer = Peer()
    peer.calls("Max-Breadth: 7")
    offered = peer.network.endpoints[PBX]
    assert offered.n_legs == 1
    (refused,) = Peer().calls("Max-Breadth: 0")
    assert statuses([refused]) == [440]
    looped = Peer()
    guard = looped.network.endpoints[PBX]._stack.loops
    hops = guard.pass_on(invite(), "", "pbx")
    assert hops is not None
    path = dict(hops.fields())[HEADER]
    assert statuses(looped.calls(f"{HEADER}: {path}")) == [482]
    assert looped.network.endpoints[PBX].n_legs == 0
