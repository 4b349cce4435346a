"""A queue `support` of 1001 and 1002, which callers reach by the number that is the support line's."""

from dataclasses import replace
from typing import Any

from pbx.call.context import CallContext
from pbx.call.events import AgentOrdered
from pbx.core.ids import CallId, LegId
from pbx.ivr.steps import FlowPlan, HangUp, Queue
from pbx.media.effects import Music
from pbx.services.agent import Agent, LogIn, Wish
from pbx.services.queue_policy import QueuePolicy
from pbx.sip.effects import HangUp as HangUpLeg
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed, LegEnded
from tests.call.conftest import ANSWER, Board, contact

SUPPORT = "+441632960100"
MUSIC = Music(sources=(), order="listed", resume="clock")
NAME = ("acme", "support")
POLICY = QueuePolicy(
    name="support", title="Support", members=("1001", "1002"), music=MUSIC, ring_s=20.0, max_wait_s=300.0
)
STEP = Queue(queue="support", timeout="late", full="full", no_agents="nobody", exit="away")
FLOW = FlowPlan(
    name="support",
    start="wait",
    steps={
        "wait": STEP,
        "late": HangUp(text="Nobody has answered."),
        "full": HangUp(text="Too many wait."),
        "nobody": HangUp(text="Nobody is there."),
        "away": HangUp(text="As you wish."),
    },
)


def queue_board(
    step: Queue = STEP, *, logged_in: tuple[str, ...] = ("1001", "1002"), **changed: Any
) -> Board:
    """A board whose support line is that queue; `changed` of its policy, the members `logged_in`."""
    flow = replace(FLOW, steps={**FLOW.steps, "wait": step})

    def change(context: CallContext) -> CallContext:
        queues = {"support": replace(POLICY, **changed)}
        return replace(context, queues=queues, flows={**context.flows, "support": flow})

    board = Board(change=change)
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    for extension in logged_in:
        wish(board, extension, LogIn())
    return board


def wish(board: Board, extension: str, wish: Wish) -> None:
    board.send(AgentOrdered(tenant="acme", extension=extension, wish=wish, actor="test"))


def calls(board: Board, leg: str = "a") -> CallId:
    """Somebody calls the line and stands in the queue; his call."""
    before = set(board.switchboard.calls)
    board.offer(SUPPORT, leg=leg, number=f"+4477009001{len(before):02}")
    board.send(LegConfirmed(leg=LegId(leg)))
    return next(key for key in board.switchboard.calls if key not in before)


def rung(board: Board) -> list[str]:
    """The extensions that were called, in order."""
    legs = [one.leg for one in board.all(PlaceCall)]
    parties = {
        key: leg.party.partition("/")[2]
        for call in board.switchboard.calls.values()
        for key, leg in call.parts.connect.legs.items()
    }
    return [parties.get(leg, "") for leg in legs]


def agent(board: Board, extension: str) -> Agent:
    return board.switchboard.queueing.queues.agents("acme")[extension]


def answers(board: Board, leg: LegId | None = None) -> LegId:
    """The telephone that was called last is picked up, or that one."""
    leg = leg or board.last(PlaceCall).leg
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    return leg


def gone(board: Board, leg: LegId | str) -> None:
    """A party hangs up."""
    board.send(LegEnded(leg=LegId(leg), by_peer=True, how="bye"))


def end_ours(board: Board) -> None:
    """Every leg that we have hung up is over."""
    for order in board.all(HangUpLeg):
        board.send(LegEnded(leg=order.leg, by_peer=False, how="bye"))
