"""`pbx calls live`, `pbx recordings pause` and `resume` against the socket of a running call layer."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from pbx.call.effects import Audit, KeepRefusal
from pbx.call.events import RecordingOrdered, SecureEntryOrdered, WithdrawalOrdered
from pbx.call.pause import MAX_REASON
from pbx.config.places import Places
from pbx.core.ids import LegId
from pbx.media.effects import SetSecure, StartRecording
from pbx.media.events import QualityReport, RecordingStarted, StreamQuality
from pbx.runner import control
from pbx.runner.control import MAX_CLIENTS, Control
from pbx.runner.control_client import ask
from pbx.runner.control_messages import MAX_ACTOR, MAX_REQUEST, AskCalls, CallsAre, OrderRecording, Refused
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed
from tests.call import rooms
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL
from tests.call.support import to_question

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def answers_of(board: Board) -> Control:
    def order(event: RecordingOrdered | WithdrawalOrdered | SecureEntryOrdered) -> None:
        board.send(event)

    return Control(lambda: board.switchboard.calls, order, lambda: board.switchboard.rooms)


@pytest.fixture
def board() -> Board:
    """A caller of the support line, who is recorded, and one who has just come."""
    board = Board()
    to_question(board)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    board.offer("+441632960100", leg="b")
    return board


@pytest.fixture
async def call(places: Places, board: Board) -> AsyncIterator[str]:
    """The recorded call, while its PBX has a control socket."""
    places.control_socket.touch()  # a crash has left one
    async with await control.listen(places.control_socket, answers_of(board)):
        yield board.last(StartRecording).call


def talking(board: Board, leg: str) -> None:
    """Somebody outside (this leg) has called 1003, and they talk."""
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL, leg=leg)
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    board.send(LegConfirmed(leg=LegId(leg)))


async def raw(places: Places, octets: bytes) -> Any:
    reader, writer = await asyncio.open_unix_connection(str(places.control_socket))
    writer.write(octets)
    said = json.loads(await reader.readline())
    writer.close()
    return said


@pytest.mark.requirement("MED-10")
async def test_how_a_call_sounds_now(pbx: Pbx, call: str, board: Board) -> None:
    heard = StreamQuality(loss=0.05, jitter_ms=12.0, round_trip_ms=None, r=80.0, mos=4.02)
    board.send(QualityReport(leg=LegId("a"), heard=heard, sent=None))
    live = await pbx("calls", "live", "--json")
    (caller,) = live.json[0]["legs"]
    assert caller["heard"] == {"loss": 0.05, "jitter_ms": 12.0, "mos": 4.02}
    assert (caller["role"], caller["sent"], bool(caller["measured_at"])) == ("caller", None, True)
    assert [one["heard"] for one in live.json[1]["legs"]] == [None], "nothing is known of the other yet"
    said = await pbx("calls", "live")
    assert "MOS 4.0, 5.0% lost, 12 ms / -" in said.out


@pytest.mark.requirement("REC-03")
async def test_a_recording_is_paused_and_goes_on(pbx: Pbx, call: str, board: Board) -> None:
    live = await pbx("calls", "live", "--json")
    assert [(one["call"], one["recording"]) for one in live.json][0] == (call, "recorded")
    assert live.json[1]["recording"] == "not"
    assert (await pbx("recordings", "pause", call, "--reason", "card")).code == 0
    said = await pbx("calls", "live")
    assert "paused" in said.out and "card" in said.out and "operator/" in said.out
    again = await pbx("recordings", "pause", call)
    assert (again.code, again.out) == (1, "")
    assert "already paused by operator/" in again.err and again.err.count("\n") == 1
    resumed = await pbx("recordings", "resume", call, "--json")
    assert (resumed.code, resumed.json["recording"]) == (0, "recorded")
    kept = [one.fact for one in board.all(Audit) if one.fact.kind.startswith("recording.paused")]
    assert [fact.details["reason"] for fact in kept] == ["card"]
    assert str(kept[0].details["actor"]).startswith("operator/")


@pytest.mark.requirement("REC-06")
async def test_consent_is_withdrawn_for_a_party(pbx: Pbx, call: str, board: Board) -> None:
    said = await pbx("consents", "withdraw", call, "--reason", "she rang", "--json")
    assert (said.code, said.json["refused"]) == (0, ["trunk/carrier"])
    again = await pbx("consents", "withdraw", call)
    assert (again.code, again.out) == (0, f"{call}: nothing more is kept of trunk/carrier\n")
    (fact,) = [one.fact for one in board.all(Audit) if one.fact.kind == "consent.withdrawal"]
    assert str(fact.details["actor"]).startswith("operator/")
    assert fact.details["reason"] == "she rang"
    assert board.last(KeepRefusal).refuses


@pytest.mark.requirement("R-20")
async def test_a_party_types_unheard_as_long_as_the_operator_says(pbx: Pbx, call: str, board: Board) -> None:
    alone = await pbx("calls", "secure", call, "on")
    assert (alone.code, alone.out) == (1, "")
    assert "no extension of ours talks" in alone.err
    assert alone.err.count("\n") == 1
    talking(board, "c")
    talks = list(board.switchboard.calls)[-1]
    said = await pbx("calls", "secure", talks, "on", "--json")
    assert (said.code, said.json["secure_entry"]) == (0, True)
    assert board.last(SetSecure) == SetSecure(leg=LegId("c"), on=True)
    again = await pbx("calls", "secure", talks, "on")
    assert (again.code, "something is typed in it already" in again.err) == (1, True)
    digits = await pbx("calls", "secure", call, "on", "--what", "digits")
    assert digits.code == 1
    off = await pbx("calls", "secure", talks, "off")
    assert (off.code, off.out) == (0, f"{talks}: nothing is typed\n")
    assert board.last(SetSecure) == SetSecure(leg=LegId("c"), on=False)
    off = await pbx("calls", "secure", talks, "off")
    assert (off.code, "nothing is typed in it" in off.err) == (1, True)
    (began,) = [one.fact for one in board.all(Audit) if one.fact.kind == "secure_entry.began"]
    assert str(began.details["actor"]).startswith("operator/")


@pytest.mark.requirement("REC-06")
async def test_what_cannot_be_withdrawn_is_one_line(pbx: Pbx, call: str, board: Board) -> None:
    for words, part in (
        ((call, "--leg", "nobody"), "no such party talks in this call"),
        (("nobody",), "no call nobody is in progress"),
        ((call, "--leg", "x" * 65), "leg: 0 to 64"),
        ((call, "--reason", "a\nb"), "printable"),
    ):
        said = await pbx("consents", "withdraw", *words)
        assert (said.code, said.out) == (1, "")
        assert part in said.err and said.err.count("\n") == 1


async def test_what_cannot_be_done_is_one_line(pbx: Pbx, call: str, board: Board) -> None:
    other = next(one for one in board.switchboard.calls if one != call)
    for words, part in (
        (("pause", "nobody"), "no call nobody is in progress"),
        (("resume", call), "is not paused"),
        (("pause", other), "is not recorded"),
        (("pause", call, "--reason", "x" * (MAX_REASON + 1)), "reason: 0 to 200"),
        (("pause", call, "--reason", "a\nb"), "printable"),
    ):
        said = await pbx("recordings", *words)
        assert (said.code, said.out) == (1, "")
        assert part in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize("words", [("calls", "live"), ("recordings", "pause", "c")])
async def test_without_a_pbx_there_is_one_line(pbx: Pbx, words: tuple[str, ...]) -> None:
    said = await pbx(*words)
    assert (said.code, said.err) == (1, "pbx: the PBX does not run here: start it with `pbx run`\n")


async def test_the_socket_is_for_its_owner(places: Places, call: str, board: Board) -> None:
    assert stat.S_IMODE(places.control_socket.stat().st_mode) == 0o600
    theirs = places.control_socket.with_name("theirs.sock")
    async with await control.listen(theirs, answers_of(board), uid=os.getuid() + 1):
        reply = await ask(theirs, AskCalls())
    assert isinstance(reply, Refused)
    assert "from the user that it runs as" in reply.reason


@pytest.mark.parametrize("length", [MAX_REQUEST, MAX_REQUEST + 1])
async def test_a_line_has_its_limit(places: Places, call: str, length: int) -> None:
    request = b'{"type":"AskCalls"}'
    said = await raw(places, request.rjust(length) + b"\n")
    assert said["type"] == ("CallsAre" if length == MAX_REQUEST else "Refused")


async def test_rubbish_is_refused_and_others_are_served(places: Places, call: str) -> None:
    for line in (b"\n", b"[]\n", b"\xff\n", b'{"type":"Shutdown"}\n', b'{"type":"AskCalls","more":1}\n'):
        assert (await raw(places, line))["type"] == "Refused"
    assert isinstance(await ask(places.control_socket, AskCalls()), CallsAre)


async def test_who_says_nothing_is_sent_away(
    places: Places, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "REQUEST_S", 0.02)
    assert "no request within" in (await raw(places, b""))["reason"]


async def test_so_many_clients_at_once(places: Places, call: str) -> None:
    path = str(places.control_socket)
    waiting = [await asyncio.open_unix_connection(path) for _ in range(MAX_CLIENTS - 1)]
    assert (await raw(places, b'{"type":"AskCalls"}\n'))["type"] == "CallsAre"
    waiting.append(await asyncio.open_unix_connection(path))
    assert "others have the control socket" in (await raw(places, b'{"type":"AskCalls"}\n'))["reason"]
    for _, writer in waiting:
        writer.close()


@pytest.mark.parametrize("length", [MAX_ACTOR, MAX_ACTOR + 1])
async def test_an_actor_has_its_limit(places: Places, call: str, length: int) -> None:
    order = OrderRecording(call=call, on=False, actor="a" * length)
    assert isinstance(await ask(places.control_socket, order), Refused) is (length > MAX_ACTOR)


async def test_more_calls_than_are_told(places: Places, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for most, omitted in ((2, 0), (1, 1)):
        monkeypatch.setattr(control, "MAX_CALLS", most)
        reply = await ask(places.control_socket, AskCalls())
        assert isinstance(reply, CallsAre)
        assert (len(reply.calls), reply.omitted) == (most, omitted)


@pytest.mark.requirement("REC-03")
async def test_the_recording_of_a_conference_is_shown_and_paused(pbx: Pbx, places: Places) -> None:
    board = rooms.board_with()
    rooms.comes(board, "a", "1001")
    rooms.comes(board, "b", "1002")
    room = rooms.started(board).call
    async with await control.listen(places.control_socket, answers_of(board)):
        live = await pbx("calls", "live", "--json")
        shown = {one["call"]: one for one in live.json}
        assert len(shown) == 3
        assert (shown[room]["direction"], shown[room]["called"]) == ("conference", "team")
        assert shown[room]["recording"] == "recorded"
        others = [one for call, one in shown.items() if call != room]
        assert {one["reason"] for one in others} == {f"conference team is recorded as call {room}"}
        assert (await pbx("recordings", "pause", room, "--reason", "card")).code == 0
        said = await pbx("recordings", "pause", room)
        assert "already paused by operator/" in said.err
        assert (await pbx("recordings", "resume", room)).code == 0
        refused = await pbx("consents", "withdraw", room, "--reason", "he wrote")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert "name the call of the party" in refused.err
