"""Calls are counted exactly, and who has too many is told when to come back."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.call.quotas import RATE_RETRY_S, RETRY_AFTER_S, CallLimit, CallLimits, Party, Quotas
from pbx.core.ids import CallId
from pbx.sip.effects import Reject
from pbx.sip.events import DeviceOrigin, LegEnded
from tests.call.conftest import Board

TENANT, OTHER, ALL = ("tenant", "acme"), ("tenant", "umbrella"), ("machine", "")
ECHO = "+441632960102"
ALICE = DeviceOrigin(tenant="acme", extension="1001")


@pytest.mark.requirement("SIP-38")
@pytest.mark.rfc("3261", "20.33")
def test_the_limit_of_one_party_is_not_that_of_another() -> None:
    quotas = Quotas(CallLimits())
    two = CallLimit(calls=2)
    assert [quotas.take(CallId(f"{n}"), {TENANT: two}, 0.0) for n in range(3)] == [None, None, RETRY_AFTER_S]
    assert quotas.take(CallId("x"), {OTHER: two}, 0.0) is None
    quotas.release(CallId("0"))
    assert quotas.take(CallId("3"), {TENANT: two}, 0.0) is None


@pytest.mark.requirement("SIP-38")
def test_calls_begun_a_second() -> None:
    quotas = Quotas(CallLimits())
    limit = {TENANT: CallLimit(calls_per_s=3.0)}
    assert [quotas.take(CallId(f"{n}"), limit, 10.0) for n in range(4)] == [None, None, None, RATE_RETRY_S]
    assert quotas.take(CallId("next"), limit, 10.5) is None


def test_a_call_for_help_is_counted_and_never_refused() -> None:
    quotas = Quotas(CallLimits())
    limit = {TENANT: CallLimit(calls=1)}
    assert quotas.take(CallId("1"), limit, 0.0) is None
    quotas.count(CallId("help"), limit)
    assert quotas.n_calls(TENANT) == 2
    quotas.release(CallId("1"))
    assert quotas.take(CallId("2"), limit, 0.0) == RETRY_AFTER_S


PARTIES = [ALL, TENANT, OTHER, ("extension", "acme/1001")]


@pytest.mark.requirement("SIP-38")
@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 9), st.sets(st.sampled_from(PARTIES), min_size=1), st.booleans())))
def test_what_is_released_was_taken(steps: list[tuple[int, set[Party], bool]]) -> None:
    """Every call leaves every party exactly as often as it came, whatever the order."""
    quotas, limit, model = Quotas(CallLimits()), CallLimit(calls=3), dict[CallId, set[Party]]()
    for n, parties, begins in steps:
        call = CallId(f"{n}")
        if begins and call not in model:
            counts = Counter(party for held in model.values() for party in held)
            refused = quotas.take(call, dict.fromkeys(parties, limit), 0.0)
            assert (refused is not None) == any(counts[party] >= 3 for party in parties)
            if refused is None:
                model[call] = parties
        else:
            quotas.release(call)
            model.pop(call, None)
        for party in PARTIES:
            assert quotas.n_calls(party) == sum(party in held for held in model.values())
    for call in list(model):
        quotas.release(call)
    assert len(quotas) == 0


@pytest.mark.requirement("SIP-38")
def test_a_call_too_many_is_503_before_the_dial_plan() -> None:
    board = Board()
    board.switchboard.swap({"acme": board.tenant_plan}, CallLimits(machine=CallLimit(calls=1)))
    board.offer(ECHO)
    [reject] = board.offer("+441632960199", leg="second")
    assert isinstance(reject, Reject)
    assert (reject.status, reject.retry_after_s) == (503, RETRY_AFTER_S)
    [call] = board.switchboard.calls
    board.send(LegEnded(leg=board.switchboard.calls[call].caller.id, by_peer=True, how="cancel"))
    assert not board.switchboard.calls
    assert not any(isinstance(effect, Reject) for effect in board.offer(ECHO, leg="third"))


def test_a_refused_number_holds_no_place() -> None:
    board = Board()
    board.switchboard.swap({"acme": board.tenant_plan}, CallLimits(machine=CallLimit(calls=1)))
    for n in range(5):
        board.offer("+441632960199", leg=f"wrong{n}")
        assert board.last(Reject).status == 404


@pytest.mark.requirement("SIP-38")
def test_an_emergency_call_passes_every_limit() -> None:
    board = Board()
    board.switchboard.swap({"acme": board.tenant_plan}, CallLimits(machine=CallLimit(calls=1)))
    board.offer(ECHO)
    effects = board.offer("999", leg="help", origin=ALICE)
    assert not any(isinstance(effect, Reject) for effect in effects)
    assert len(board.switchboard.calls) == 2
