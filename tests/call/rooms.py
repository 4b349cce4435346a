"""A conference whose rules may have it recorded, and those who come to it, on the board of conftest."""

from dataclasses import replace

from pbx.call.context import CallContext, JoinerPolicy
from pbx.call.effects import Audit, SaveCall
from pbx.call.record import CallRecord
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr.steps import Conference, FlowPlan, HangUp, RecordingConsent, Step
from pbx.media.effects import SetGate, StartRecording
from pbx.media.events import DigitReceived, RecordingStarted
from pbx.recording.failure import FailurePolicy
from pbx.recording.rules import Mode, RecordingRules, Rule
from pbx.services.conference import RoomSettings
from pbx.sip.effects import AnswerRecord
from pbx.sip.events import DeviceOrigin, LegConfirmed, LegEnded
from pbx.sip.record_header import RecordRequested
from pbx.siprec.servers import Client
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import Board
from tests.call.support import SUPPORT

B, C, D = LegId("b"), LegId("c"), LegId("d")
GERMAN, BRITISH = "+493012345678", "+447700900999"
PLAIN = "+441632960102"  # of a flow that asks nobody
INTO: dict[str, Step] = {"room": Conference(conference="team", next=None, refused=None), "bye": HangUp()}
DE = UNKNOWN_ROW | {"region": "DE", "mode": "optin_all"}
RULES = ConsentRules.from_data({"version": "1", "rules": [UNKNOWN_ROW, DE]})


def board_of_flow() -> Board:
    """Recordings are begun by the flow behind SUPPORT only; it and that behind PLAIN lead into the room."""
    asks = RecordingConsent(purposes=("compliance",), granted="room", declined="room")
    ways: dict[str, dict[str, Step]] = {"support": {"consent": asks, **INTO}, "echo": INTO}

    def change(context: CallContext) -> CallContext:
        flows = {name: FlowPlan(name=name, start=next(iter(way)), steps=way) for name, way in ways.items()}
        return replace(context, flows=flows, conferences={"team": RoomSettings(name="team")}, rules=RULES)

    return Board(change=change)


def board_with(
    mode: Mode = "always",
    *rules: Rule,
    policy: FailurePolicy = "continue",
    joiner: JoinerPolicy = "exclude_leg",
    recorders: Client | None = None,
) -> Board:
    """The number SUPPORT, and every extension that dials it, lead into the room."""

    def change(context: CallContext) -> CallContext:
        flows = {"support": FlowPlan(name="support", start="room", steps=INTO)}
        rooms = {"team": RoomSettings(name="team")}
        changed = replace(context, flows=flows, conferences=rooms, rules=RULES, recorders=recorders)
        return replace(changed, on_recording_failure=policy, joiner=joiner)

    team = Rule(mode=mode, conferences=frozenset({"team"}))
    return Board(change=change, recording=RecordingRules(rules=(*rules, team)))


def comes(board: Board, leg: str, extension: str = "", number: str = BRITISH) -> None:
    if extension:
        origin = DeviceOrigin(tenant="acme", extension=extension)
        board.offer(SUPPORT, leg=leg, origin=origin)
    else:
        board.offer(SUPPORT, leg=leg, number=number)
    board.send(LegConfirmed(leg=LegId(leg)))


def leaves(board: Board, leg: LegId) -> None:
    board.send(LegEnded(leg=leg, by_peer=True, how="bye"))


def key(board: Board, leg: LegId, *, on: bool = True) -> AnswerRecord:
    board.send(RecordRequested(leg=leg, on=on))
    return board.last(AnswerRecord)


def press(board: Board, leg: LegId, *keys: str) -> None:
    for one in keys:
        board.now += 0.5
        board.send(DigitReceived(leg=leg, digit=Secret(one), duration_ms=80))


def gate(board: Board, leg: LegId) -> bool:
    """As the media worker has it: shut until somebody opens it."""
    return ([False] + [one.open for one in board.all(SetGate) if one.leg == leg])[-1]


def records(board: Board) -> list[CallRecord]:
    return [one.record for one in board.all(SaveCall) if one.record.direction == "conference"]


def facts(board: Board, kind: str) -> list[dict[str, object]]:
    return [dict(one.fact.details) for one in board.all(Audit) if one.fact.kind == kind]


def started(board: Board) -> StartRecording:
    """The one recording that there is, open now."""
    (order,) = board.all(StartRecording)
    board.send(RecordingStarted(recording=order.recording))
    return order


def told(board: Board, leg: LegId) -> None:
    """The announcement was played to its end, and the time to object is over."""
    board.finish_prompt(leg)
    board.pass_time(3.0)
