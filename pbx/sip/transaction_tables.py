"""The four transaction machines of RFC 3261 §17 as data, with the Accepted state of RFC 6026.

A cell is (next state, actions). A pair that is in neither `rows` nor `ignored` is an error of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pbx.sip.timers import Timer


class State(StrEnum):
    """States of all four machines."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Input(StrEnum):
    """What can happen to a transaction: messages, orders of its user, timers, a dead transport."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "3xx-6xx"
    REQUEST = "request"
    ACK = "ack"
    TIMER_A = "timer A"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_E = "timer E"
    TIMER_F = "timer F"
    TIMER_G = "timer G"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_J = "timer J"
    TIMER_K = "timer K"
    TIMER_L = "timer L"
    TIMER_M = "timer M"
    TRANSPORT_ERROR = "transport error"


class Action(StrEnum):
    """What a transaction does on its way to the next state."""

    SEND = "send"  # the message at hand: the response its user gave
    RESEND = "resend"  # the last message again
    REPEAT = "repeat"  # the same, unless its address has heard enough that it did not ask for
    ACK = "ack"  # the ACK of a failure, RFC 3261 §17.1.1.3
    DELIVER = "deliver"  # hand the message to the transaction user
    TIMEOUT = "timeout"  # a synthetic 408 to the transaction user
    FAIL = "fail"  # a synthetic 503 to the transaction user


Step = Action | Timer  # a timer's letter starts (or restarts) it
Row = tuple[State, tuple[Step, ...]]
Cell = tuple[State, Input]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One transaction machine: its first state, steps on creation, timers by state, rows and gaps."""

    name: Literal["INVITE client", "non-INVITE client", "INVITE server", "non-INVITE server"]
    first: State
    start: tuple[Step, ...]
    inputs: tuple[Input, ...]
    running: Mapping[State, tuple[Timer, ...]]  # timers that survive a change into the state
    rows: Mapping[Cell, Row]
    ignored: Mapping[Cell, str]


S, I, A = State, Input, Action  # noqa: E741 - the tables below are read as tables

INVITE_CLIENT = Machine(
    name="INVITE client",
    first=S.CALLING,
    start=("A", "B"),
    inputs=(
        I.PROVISIONAL,
        I.SUCCESS,
        I.FAILURE,
        I.TIMER_A,
        I.TIMER_B,
        I.TIMER_D,
        I.TIMER_M,
        I.TRANSPORT_ERROR,
    ),
    running={S.CALLING: ("A", "B"), S.PROCEEDING: (), S.COMPLETED: ("D",), S.ACCEPTED: ("M",)},
    rows={
        (S.CALLING, I.PROVISIONAL): (S.PROCEEDING, (A.DELIVER,)),
        (S.CALLING, I.SUCCESS): (S.ACCEPTED, ("M", A.DELIVER)),
        (S.CALLING, I.FAILURE): (S.COMPLETED, (A.ACK, "D", A.DELIVER)),
        (S.CALLING, I.TIMER_A): (S.CALLING, (A.RESEND, "A")),
        (S.CALLING, I.TIMER_B): (S.TERMINATED, (A.TIMEOUT,)),
        (S.CALLING, I.TRANSPORT_ERROR): (S.TERMINATED, (A.FAIL,)),
        (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (A.DELIVER,)),
        (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, ("M", A.DELIVER)),
        (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (A.ACK, "D", A.DELIVER)),
        (S.PROCEEDING, I.TRANSPORT_ERROR): (S.TERMINATED, (A.FAIL,)),
        (S.COMPLETED, I.FAILURE): (S.COMPLETED, (A.ACK,)),
        (S.COMPLETED, I.TIMER_D): (S.TERMINATED, ()),
        (S.COMPLETED, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
        (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (A.DELIVER,)),
        (S.ACCEPTED, I.TIMER_M): (S.TERMINATED, ()),
    },
    ignored={
        (S.COMPLETED, I.PROVISIONAL): "reordered: the final response has been delivered",
        (S.COMPLETED, I.SUCCESS): "the peer changed its mind; its 2xx ends for want of an ACK",
        (S.ACCEPTED, I.PROVISIONAL): "reordered: a 2xx has been delivered",
        (S.ACCEPTED, I.FAILURE): "RFC 6026 §7.2: only 2xx responses are passed up",
        (S.ACCEPTED, I.TRANSPORT_ERROR): "the dialog, not the transaction, sends the ACK",
    },
)

NON_INVITE_CLIENT = Machine(
    name="non-INVITE client",
    first=S.TRYING,
    start=("E", "F"),
    inputs=(
        I.PROVISIONAL,
        I.SUCCESS,
        I.FAILURE,
        I.TIMER_E,
        I.TIMER_F,
        I.TIMER_K,
        I.TRANSPORT_ERROR,
    ),
    running={S.TRYING: ("E", "F"), S.PROCEEDING: ("E", "F"), S.COMPLETED: ("K",)},
    rows={
        (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (A.DELIVER,)),
        (S.TRYING, I.SUCCESS): (S.COMPLETED, ("K", A.DELIVER)),
        (S.TRYING, I.FAILURE): (S.COMPLETED, ("K", A.DELIVER)),
        (S.TRYING, I.TIMER_E): (S.TRYING, (A.RESEND, "E")),
        (S.TRYING, I.TIMER_F): (S.TERMINATED, (A.TIMEOUT,)),
        (S.TRYING, I.TRANSPORT_ERROR): (S.TERMINATED, (A.FAIL,)),
        (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (A.DELIVER,)),
        (S.PROCEEDING, I.SUCCESS): (S.COMPLETED, ("K", A.DELIVER)),
        (S.PROCEEDING, I.FAILURE): (S.COMPLETED, ("K", A.DELIVER)),
        (S.PROCEEDING, I.TIMER_E): (S.PROCEEDING, (A.RESEND, "E")),
        (S.PROCEEDING, I.TIMER_F): (S.TERMINATED, (A.TIMEOUT,)),
        (S.PROCEEDING, I.TRANSPORT_ERROR): (S.TERMINATED, (A.FAIL,)),
        (S.COMPLETED, I.TIMER_K): (S.TERMINATED, ()),
        (S.COMPLETED, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
    },
    ignored={
        (S.COMPLETED, I.PROVISIONAL): "reordered: the final response has been delivered",
        (S.COMPLETED, I.SUCCESS): "retransmission, absorbed until timer K",
        (S.COMPLETED, I.FAILURE): "retransmission, absorbed until timer K",
    },
)

INVITE_SERVER = Machine(
    name="INVITE server",
    first=S.PROCEEDING,
    start=(),
    inputs=(
        I.REQUEST,
        I.ACK,
        I.PROVISIONAL,
        I.SUCCESS,
        I.FAILURE,
        I.TIMER_G,
        I.TIMER_H,
        I.TIMER_I,
        I.TIMER_L,
        I.TRANSPORT_ERROR,
    ),
    running={S.PROCEEDING: (), S.COMPLETED: ("G", "H"), S.CONFIRMED: ("I",), S.ACCEPTED: ("L",)},
    rows={
        (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (A.RESEND,)),
        (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (A.SEND,)),
        (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, (A.SEND, "L")),
        (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (A.SEND, "G", "H")),
        (S.PROCEEDING, I.TRANSPORT_ERROR): (S.TERMINATED, (A.FAIL,)),
        (S.COMPLETED, I.REQUEST): (S.COMPLETED, (A.RESEND,)),
        (S.COMPLETED, I.ACK): (S.CONFIRMED, ("I",)),
        (S.COMPLETED, I.TIMER_G): (S.COMPLETED, (A.REPEAT, "G")),
        (S.COMPLETED, I.TIMER_H): (S.TERMINATED, ()),
        (S.COMPLETED, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
        (S.CONFIRMED, I.TIMER_I): (S.TERMINATED, ()),
        (S.CONFIRMED, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
        (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (A.SEND,)),
        (S.ACCEPTED, I.ACK): (S.ACCEPTED, (A.DELIVER,)),
        (S.ACCEPTED, I.TIMER_L): (S.TERMINATED, ()),
    },
    ignored={
        (S.PROCEEDING, I.ACK): "nothing final has been sent yet",
        (S.COMPLETED, I.PROVISIONAL): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.COMPLETED, I.SUCCESS): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.COMPLETED, I.FAILURE): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.CONFIRMED, I.REQUEST): "reordered: the ACK has arrived",
        (S.CONFIRMED, I.ACK): "retransmission, absorbed until timer I",
        (S.CONFIRMED, I.PROVISIONAL): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.CONFIRMED, I.SUCCESS): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.CONFIRMED, I.FAILURE): "RFC 3261 §17.2.1: responses after a final one are discarded",
        (S.ACCEPTED, I.REQUEST): "RFC 6026 §7.1: absorbed, the UAS core repeats its 2xx",
        (S.ACCEPTED, I.PROVISIONAL): "RFC 6026 §7.1: only 2xx responses leave this state",
        (S.ACCEPTED, I.FAILURE): "RFC 6026 §7.1: only 2xx responses leave this state",
        (S.ACCEPTED, I.TRANSPORT_ERROR): "the UAS core repeats its 2xx and gives up by itself",
    },
)

NON_INVITE_SERVER = Machine(
    name="non-INVITE server",
    first=S.TRYING,
    start=(),
    inputs=(I.REQUEST, I.PROVISIONAL, I.SUCCESS, I.FAILURE, I.TIMER_J, I.TRANSPORT_ERROR),
    running={S.TRYING: (), S.PROCEEDING: (), S.COMPLETED: ("J",)},
    rows={
        (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (A.SEND,)),
        (S.TRYING, I.SUCCESS): (S.COMPLETED, (A.SEND, "J")),
        (S.TRYING, I.FAILURE): (S.COMPLETED, (A.SEND, "J")),
        (S.TRYING, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
        (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (A.RESEND,)),
        (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (A.SEND,)),
        (S.PROCEEDING, I.SUCCESS): (S.COMPLETED, (A.SEND, "J")),
        (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (A.SEND, "J")),
        (S.PROCEEDING, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
        (S.COMPLETED, I.REQUEST): (S.COMPLETED, (A.RESEND,)),
        (S.COMPLETED, I.TIMER_J): (S.TERMINATED, ()),
        (S.COMPLETED, I.TRANSPORT_ERROR): (S.TERMINATED, ()),
    },
    ignored={
        (S.TRYING, I.REQUEST): "RFC 3261 §17.2.2: discarded until a response exists",
        (S.COMPLETED, I.PROVISIONAL): "RFC 3261 §17.2.2: discarded after the final response",
        (S.COMPLETED, I.SUCCESS): "RFC 3261 §17.2.2: discarded after the final response",
        (S.COMPLETED, I.FAILURE): "RFC 3261 §17.2.2: discarded after the final response",
    },
)

MACHINES = (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)
TIMER_INPUTS: Mapping[Timer, Input] = {
    "A": I.TIMER_A,
    "B": I.TIMER_B,
    "D": I.TIMER_D,
    "E": I.TIMER_E,
    "F": I.TIMER_F,
    "G": I.TIMER_G,
    "H": I.TIMER_H,
    "I": I.TIMER_I,
    "J": I.TIMER_J,
    "K": I.TIMER_K,
    "L": I.TIMER_L,
    "M": I.TIMER_M,
}


def response_input(status: int) -> Input:
    """Return the input that a response of this status is."""
    if status < 200:
        return I.PROVISIONAL
    return I.SUCCESS if status < 300 else I.FAILURE
