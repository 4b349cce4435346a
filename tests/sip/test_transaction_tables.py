"""Every state of every machine against every input."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.sip.message import Headers, Request, Response
from pbx.sip.timers import Timers
from pbx.sip.transaction import Transaction
from pbx.sip.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    MACHINES,
    NON_INVITE_CLIENT,
    TIMER_INPUTS,
    Action,
    Input,
    Machine,
    State,
)

CELLS = [
    pytest.param(machine, state, event, id=f"{machine.name}-{state}-{event}")
    for machine in MACHINES
    for state in machine.running
    for event in machine.inputs
]


def may_happen(machine: Machine, state: State, event: Input) -> bool:
    """A timer that does not run in a state cannot fire there."""
    timers = [timer for timer, one in TIMER_INPUTS.items() if one is event]
    return not timers or timers[0] in machine.running[state]


@pytest.mark.rfc("3261", "17")
@pytest.mark.parametrize(("machine", "state", "event"), CELLS)
def test_every_cell_is_a_row_or_ignored_with_a_reason(machine: Machine, state: State, event: Input) -> None:
    cell = (state, event)
    is_defined = cell in machine.rows or bool(machine.ignored.get(cell))
    assert is_defined is may_happen(machine, state, event)
    assert not (cell in machine.rows and cell in machine.ignored)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_rows_lead_to_known_states_and_start_only_timers_that_run_there(machine: Machine) -> None:
    for (state, _), (next_state, steps) in machine.rows.items():
        assert state in machine.running
        assert next_state in machine.running or next_state is State.TERMINATED
        for step in steps:
            if not isinstance(step, Action):
                assert step in machine.running[next_state]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_with_a_final_response_ends_by_a_timer(machine: Machine) -> None:
    open_states = (State.CALLING, State.TRYING, State.PROCEEDING)
    for state in machine.running:
        if state not in open_states:
            assert any(
                row[0] is State.TERMINATED
                for (at, event), row in machine.rows.items()
                if at is state and event in TIMER_INPUTS.values()
            )


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_an_undefined_cell_is_our_bug(machine: Machine) -> None:
    transaction = Transaction(machine, request("OPTIONS"), wire=Sent(), timers=Timers())
    foreign = next(event for event in TIMER_INPUTS.values() if event not in machine.inputs)
    with pytest.raises(MisuseError):
        transaction.take(foreign, None, 0)


class Sent:
    """Times of what was sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def may_repeat(self, remote: Remote) -> bool:
        return True

    def send(self, octets: bytes, remote: Remote) -> None:
        self.lines.append(octets.split(b" ")[0].decode())


def request(method: str) -> Request:
    headers = Headers()
    for name, value in (
        ("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "x"),
        ("CSeq", f"1 {method}"),
    ):
        headers.add(name, value)
    return Request(method, "sip:c@d", headers)


def run(machine: Machine, method: str, transport: str, *, after: Input | None = None) -> list[float]:
    """Return the times at which a client or server transaction sends when nothing else happens."""
    sent = Sent()
    transaction = Transaction(machine, request(method), wire=sent, timers=Timers())
    transaction.remote = Remote("tcp" if transport == "tcp" else "udp", "10.0.0.2", 5060)
    times: list[float] = []
    transaction.start(0.0)
    if after is not None:
        transaction.take(after, Response(200, "x", request(method).headers), 0.0)
    times += [0.0] * len(sent.lines)
    while transaction.deadline is not None:
        now, n_before = transaction.deadline, len(sent.lines)
        transaction.tick(now)
        times += [now] * (len(sent.lines) - n_before)
    assert transaction.state in (State.TERMINATED, State.PROCEEDING)
    return times


@pytest.mark.rfc("3261", "17.1.1.2")
def test_timer_a_doubles_and_b_ends() -> None:
    assert run(INVITE_CLIENT, "INVITE", "udp") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert run(INVITE_CLIENT, "INVITE", "tcp") == [0]


@pytest.mark.rfc("3261", "17.1.2.2")
def test_timer_e_stops_doubling_at_t2() -> None:
    expected = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert run(NON_INVITE_CLIENT, "BYE", "udp") == expected
    assert run(NON_INVITE_CLIENT, "BYE", "udp", after=Input.PROVISIONAL)[:4] == [0, 0.5, 4.5, 8.5]
    assert run(NON_INVITE_CLIENT, "BYE", "tcp") == [0]


@pytest.mark.rfc("3261", "17.2.1")
def test_timer_g_repeats_a_failure_until_timer_h() -> None:
    expected = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert run(INVITE_SERVER, "INVITE", "udp", after=Input.FAILURE) == expected
    assert run(INVITE_SERVER, "INVITE", "tcp", after=Input.FAILURE) == [0]
