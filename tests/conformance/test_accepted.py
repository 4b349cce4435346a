"""The Accepted state of RFC 6026, and the non-INVITE server, read from the tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.errors import MisuseError
from pbx.sip.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Action,
    Input,
    Machine,
    State,
)

MACHINES = (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)


@pytest.mark.rfc("6026", "7.1")
def test_a_2xx_of_the_server_is_followed_by_acks_and_more_2xx_until_timer_l() -> None:
    rows, ignored = INVITE_SERVER.rows, INVITE_SERVER.ignored
    assert rows[State.PROCEEDING, Input.SUCCESS] == (State.ACCEPTED, (Action.SEND, "L"))
    assert rows[State.ACCEPTED, Input.ACK] == (State.ACCEPTED, (Action.DELIVER,))
    assert rows[State.ACCEPTED, Input.SUCCESS] == (State.ACCEPTED, (Action.SEND,))
    assert rows[State.ACCEPTED, Input.TIMER_L] == (State.TERMINATED, ())
    assert {(State.ACCEPTED, Input.REQUEST), (State.ACCEPTED, Input.TRANSPORT_ERROR)} <= ignored.keys()


@pytest.mark.rfc("6026", "7.2")
def test_a_2xx_of_the_client_is_followed_by_more_2xx_until_timer_m() -> None:
    rows, ignored = INVITE_CLIENT.rows, INVITE_CLIENT.ignored
    assert rows[State.PROCEEDING, Input.SUCCESS] == (State.ACCEPTED, ("M", Action.DELIVER))
    assert rows[State.CALLING, Input.SUCCESS] == (State.ACCEPTED, ("M", Action.DELIVER))
    assert rows[State.ACCEPTED, Input.SUCCESS] == (State.ACCEPTED, (Action.DELIVER,))
    assert rows[State.ACCEPTED, Input.TIMER_M] == (State.TERMINATED, ())
    assert {(State.ACCEPTED, Input.FAILURE), (State.ACCEPTED, Input.PROVISIONAL)} <= ignored.keys()


@pytest.mark.rfc("3261", "17.2.2")
def test_a_repetition_gets_the_last_response_but_nothing_before_it() -> None:
    rows, ignored = NON_INVITE_SERVER.rows, NON_INVITE_SERVER.ignored
    assert (State.TRYING, Input.REQUEST) in ignored
    assert rows[State.PROCEEDING, Input.REQUEST] == (State.PROCEEDING, (Action.RESEND,))
    assert rows[State.COMPLETED, Input.REQUEST] == (State.COMPLETED, (Action.RESEND,))
    assert rows[State.COMPLETED, Input.TIMER_J] == (State.TERMINATED, ())


@pytest.mark.rfc("3261", "17.2.4")
@pytest.mark.parametrize("machine", [INVITE_SERVER, NON_INVITE_SERVER], ids=lambda one: one.name)
def test_a_dead_transport_ends_a_server_transaction(machine: Machine) -> None:
    ends = [next for (state, given), (next, _) in machine.rows.items() if given is Input.TRANSPORT_ERROR]
    assert ends and set(ends) == {State.TERMINATED}


@pytest.mark.rfc("3261", "17")
@settings(max_examples=400)
@given(st.sampled_from(MACHINES), st.lists(st.sampled_from(list(Input)), max_size=40))
def test_any_sequence_of_inputs_has_a_defined_end(machine: Machine, sequence: list[Input]) -> None:
    """Every state has an answer for every input that can happen in it, and no end is left again."""
    state = machine.first
    for one in sequence:
        if one not in machine.inputs or state is State.TERMINATED:
            continue
        if one.value.startswith("timer") and one.value[-1] not in machine.running[state]:
            continue  # a timer that does not run cannot fire
        if (state, one) in machine.ignored:
            assert (state, one) not in machine.rows
            continue
        assert (state, one) in machine.rows, MisuseError(f"{machine.name}: {state} has no answer to {one}")
        state = machine.rows[state, one][0]
