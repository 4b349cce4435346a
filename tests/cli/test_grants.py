"""`pbx grants` and the desk behind the control socket: what may be done, and what may not any more."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from pbx.call.effects import AnswerCheck, CheckCaller
from pbx.call.events import CallerChecked, CallEvent, PersonAsked
from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.ids import Token
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.runner import control
from pbx.runner.control import Control
from pbx.runner.control_client import ask
from pbx.runner.control_messages import CheckPerson, GrantIs, Refused, RevokeGrant, UseGrant
from pbx.runner.grant_desk import MAX_WORD, GrantDesk
from pbx.runner.person_checks import PersonChecks
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys
from pbx.verify.facts import Reason
from pbx.verify.grant import Grant, GrantKey
from tests.call.conftest import Board
from tests.call.parties import A, answer, refer
from tests.call.test_grants import alive, served, trusting
from tests.cli.conftest import Pbx


@pytest.fixture
def board() -> Board:
    """Alice is verified, and 1001 talks with her: now, for who asks goes by the clock on the wall."""
    board = Board(change=trusting, wall=Wall(utc_now() - timedelta(seconds=30), 100.0))
    served(board)
    return board


@pytest.fixture
def noted() -> list[AuditFact]:
    return []


@pytest.fixture
def key(places: Places) -> GrantKey:
    return GrantKey(StoreKeys.load_or_create(places.store_keys).grant)


@pytest.fixture
async def desk(
    places: Places, board: Board, noted: list[AuditFact], key: GrantKey
) -> AsyncIterator[GrantDesk]:
    """The desk, while its PBX has a control socket."""

    def order(event: CallEvent) -> None:
        board.send(event)

    desk = GrantDesk(lambda: board.switchboard.calls, order, noted.append, key)
    socket = Control(lambda: board.switchboard.calls, order, grants=desk)
    async with await control.listen(places.control_socket, socket):
        yield desk


def use(grant: Grant, key: GrantKey, **changed: str) -> UseGrant:
    """What 1001's program asks."""
    words = {
        "token": key.token(grant),
        "action": "order_status",
        "tenant": "acme",
        "call": grant.call,
        "leg": grant.leg,
        "audience": grant.audience,
        "actor": "crm/jane",
    }
    return UseGrant(**{**words, **changed})


async def refusal(desk: GrantDesk, request: UseGrant) -> str:
    reply = await desk.answer(request)
    assert isinstance(reply, GrantIs)
    return reply.refusal


@pytest.mark.requirement("V-05")
@pytest.mark.requirement("V-12")
async def test_a_grant_is_used_and_each_use_is_on_the_record(
    desk: GrantDesk, board: Board, key: GrantKey, noted: list[AuditFact]
) -> None:
    [grant] = alive(board)
    reply = await desk.answer(use(grant, key))
    assert reply == GrantIs(refusal="", grant=grant.jti, level="V2", customer="c-1", minutes_left=15)
    assert await refusal(desk, use(grant, key, action="bills")) == "scope"
    used, refused = noted
    assert (used.kind, used.call, used.details["action"], used.details["by"]) == (
        "grant.used",
        grant.call,
        "order_status",
        "crm/jane",
    )
    assert (refused.kind, refused.details["why"]) == ("grant.refused", "scope")
    assert key.token(grant) not in repr(noted)


@pytest.mark.requirement("V-05")
async def test_a_token_of_elsewhere_is_refused(desk: GrantDesk, board: Board, key: GrantKey) -> None:
    [grant] = alive(board)
    for name, word in (("tenant", "other"), ("call", "x"), ("leg", "x"), ("audience", "extension/1002")):
        assert await refusal(desk, use(grant, key, **{name: word})) == name
    assert await refusal(desk, use(grant, GrantKey(Secret(bytes(32))))) == "signature"
    assert await refusal(desk, use(grant, key, token="x")) == "malformed"


@pytest.mark.requirement("V-05")
@pytest.mark.requirement("V-06")
async def test_nothing_is_done_twice_on_the_strength_of_what_has_ended(
    desk: GrantDesk, board: Board, key: GrantKey
) -> None:
    """After a transfer only the new agent's is good; after a revocation none is."""
    [first] = alive(board)
    call = next(iter(board.switchboard.calls.values()))
    winner = call.parts.connect.winner
    assert winner is not None
    answer(board, refer(board, winner.id, "1002"))
    [second] = alive(board)
    assert await refusal(desk, use(first, key)) == "revoked"
    assert await refusal(desk, use(second, key)) == ""
    await desk.answer(RevokeGrant(call=call.id, actor="crm/jane"))
    assert await refusal(desk, use(second, key)) == "revoked"
    reply = await desk.answer(RevokeGrant(call=call.id, actor="crm/jane"))
    assert isinstance(reply, Refused) and "is not verified" in reply.reason


@pytest.mark.parametrize(
    ("name", "word"), [("action", ""), ("call", "x" * (MAX_WORD + 1)), ("audience", "a\nb"), ("actor", "")]
)
async def test_what_could_not_stand_on_the_record_is_refused(
    desk: GrantDesk, board: Board, key: GrantKey, name: str, word: str
) -> None:
    reply = await desk.answer(use(alive(board)[0], key, **{name: word}))
    assert isinstance(reply, Refused) and reply.reason.startswith(name)


async def test_a_pbx_without_a_desk_says_so(places: Places, board: Board, key: GrantKey) -> None:
    def order(event: CallEvent) -> None:
        board.send(event)

    async with await control.listen(places.control_socket, Control(dict, order)):
        reply = await ask(places.control_socket, use(alive(board)[0], key))
    assert isinstance(reply, Refused)


@pytest.mark.requirement("VER-07")
async def test_the_command_line_verifies_and_revokes(
    pbx: Pbx, desk: GrantDesk, board: Board, key: GrantKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    [grant] = alive(board)
    live = (await pbx("calls", "live", "--json")).json[0]
    assert (live["level"], live["grant"], live["minutes_left"]) == ("V2", grant.jti, 15)
    assert live["methods"] == ["phone_number", "date_of_birth"]
    words = ("--call", grant.call, "--leg", A, "--audience", "extension/1001")
    monkeypatch.setattr("sys.stdin", io.StringIO(key.token(grant) + "\n"))
    said = await pbx("grants", "verify", "--action", "order_status", *words, "--json")
    assert said.err == ""
    assert (said.code, said.json["allowed"], said.json["customer"]) == (0, True, "c-1")
    said = await pbx("grants", "verify", key.token(grant), "--action", "admin", *words)
    assert (said.code, said.out) == (1, "refused: scope\n")
    said = await pbx("grants", "revoke", grant.call, "--reason", "he sounds like two")
    assert (said.code, said.out) == (0, f"{grant.call}: the caller is not verified any more\n")
    live = (await pbx("calls", "live", "--json")).json[0]
    assert (live["level"], live["grant"], live["minutes_left"]) == ("V0", "", None)
    said = await pbx("grants", "revoke", "nobody", "--reason", "x")
    assert said.code == 1 and "no call nobody is in progress" in said.err


def store(board: Board, desk_checks: PersonChecks, *, matched: bool) -> None:
    """The store has answered, and its time is up."""
    asked = board.last(CheckCaller)
    reason: Reason = "matched" if matched else "locked"
    customer = "c-2" if matched else ""
    answer = CallerChecked(
        call=asked.call, token=asked.token, matched=matched, customer=customer, reason=reason
    )
    board.send(answer)
    board.pass_time(1.0)
    desk_checks.give(board.last(AnswerCheck))


@pytest.mark.requirement("V-10")
@pytest.mark.parametrize("matched", [True, False])
async def test_an_agent_checks_the_caller_from_the_command_line(
    pbx: Pbx, places: Places, board: Board, key: GrantKey, matched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = PersonChecks()
    call = next(iter(board.switchboard.calls))

    def order(event: CallEvent) -> None:
        board.send(event)
        if isinstance(event, PersonAsked):
            store(board, checks, matched=matched)

    desk = GrantDesk(lambda: board.switchboard.calls, order, lambda _: None, key, checks)
    socket = Control(lambda: board.switchboard.calls, order, grants=desk)
    async with await control.listen(places.control_socket, socket):
        monkeypatch.setattr("sys.stdin", io.StringIO("03021980\n"))
        said = await pbx("grants", "check", call)
        expected = (0, "match\n") if matched else (1, "no match\n")
        assert (said.code, said.out) == expected
        monkeypatch.setattr("sys.stdin", io.StringIO("31021980\n"))
        said = await pbx("grants", "check", call)
        assert said.code == 1 and said.err.startswith("pbx: not a date of birth")
        assert "1980" not in said.err
        monkeypatch.setattr("sys.stdin", io.StringIO("03021980\n"))
        said = await pbx("grants", "check", "nobody")
        assert said.code == 1 and "no call nobody is in progress" in said.err
    assert board.last(CheckCaller).date_of_birth == Secret("19800203")
    assert alive(board)[-1].customer == ("c-2" if matched else "c-1")


@pytest.mark.requirement("V-10")
async def test_a_second_question_is_not_asked(desk: GrantDesk, board: Board) -> None:
    call = next(iter(board.switchboard.calls))
    board.send(PersonAsked(call=call, ticket=Token(99), date_of_birth=Secret("19800203"), actor="x"))
    reply = await desk.answer(CheckPerson(call=call, date_of_birth=Secret("03021980"), actor="x"))
    assert isinstance(reply, Refused) and "another check of this call" in reply.reason
    assert "1980" not in repr(reply) + repr(CheckPerson(call=call, date_of_birth=Secret("1"), actor="x"))


@pytest.mark.requirement("VER-07")
async def test_the_command_line_lists_and_shows(
    pbx: Pbx, places: Places, board: Board, database: Database, key: GrantKey
) -> None:
    assert (await pbx("grants", "list", "--json")).json == []
    keys = StoreKeys.load_or_create(places.store_keys)
    kept = [one for one in board.effects if type(one).__name__ in ("KeepGrant", "EndGrant")]
    await FactStore(database, keys).write([(one, utc_now()) for one in kept])  # type: ignore[misc]
    [now, before] = (await pbx("grants", "list", "--json")).json
    if now["state"] != "alive":  # both in one second
        now, before = before, now
    assert (now["state"], before["state"]) == ("alive", "handed_over")
    assert (now["audience"], before["audience"]) == ("extension/1001", "pbx")
    assert [one["grant"] for one in (await pbx("grants", "--alive", "--json")).json] == [now["grant"]]
    shown = await pbx("grants", "show", now["grant"], "--json")
    assert "token" not in shown.json and shown.json["level"] == "V2"
    shown = await pbx("grants", "show", now["grant"], "--token", "--json")
    assert key.read(shown.json["token"]).jti == now["grant"]
    assert (await pbx("grants", "show", "nobody")).code == 1
    assert (await pbx("grants", "key")).out == key.public_pem
