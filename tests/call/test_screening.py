"""Calls that wait for a verdict: as call flows."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, SaveCall, VerifyPassport
from pbx.call.events import PassportVerified
from pbx.call.screening import HELD_S, MAX_HELD
from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.media.effects import OpenLeg
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, LegEnded
from pbx.sip.identity.profile import StirPolicy
from pbx.sip.stir.signed_call import SignedCall
from pbx.sip.stir.verdict import NOT_VERIFIED, Status, StirVerdict, failed
from tests.call.conftest import CARRIER, OFFER, Board

ECHO = "+441632960102"
SIGNED = SignedCall(identities=("x",), orig="447700900123", to="441632960102", called="441632960102")
PASSED = StirVerdict(status=Status.PASSED, attestation="A", origid="o")
CALL = CallOffered(
    leg=LegId("a"),
    origin=CARRIER,
    called=ECHO,
    called_domain="acme.example",
    from_user="+447700900123",
    from_display="",
    asserted_user="",
    private=False,
    offer=OFFER,
    source=Remote("udp", "127.0.0.2", 5070),
    max_forwards=70,
    sip_call_id="x",
    signed=SIGNED,
    stir="annotate",
)


def offer(board: Board, policy: StirPolicy = "annotate") -> VerifyPassport:
    board.send(replace(CALL, stir=policy))
    return board.last(VerifyPassport)


def verdict(board: Board, order: VerifyPassport, found: StirVerdict) -> None:
    board.send(PassportVerified(token=order.token, verdict=found))


@pytest.mark.requirement("SIP-28")
def test_the_call_begins_with_its_verdict(board: Board) -> None:
    order = offer(board)
    assert order.call == SIGNED
    assert not board.all(OpenLeg)
    verdict(board, order, PASSED)
    assert board.all(OpenLeg)
    assert (board.record.verstat, board.record.attestation) == ("TN-Validation-Passed", "A")
    [fact] = [one.fact for one in board.all(Audit) if one.fact.kind == "stir.verdict"]
    assert (fact.details["verstat"], fact.details["origid"], fact.call) == (
        "TN-Validation-Passed",
        "o",
        board.record.call,
    )


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize("code", [403, 436, 437, 438])
@pytest.mark.parametrize(("policy", "refused"), [("annotate", False), ("refuse", True), ("require", True)])
def test_what_a_failure_leads_to(board: Board, code: int, policy: StirPolicy, refused: bool) -> None:
    verdict(board, offer(board, policy), failed(code, "x"))
    assert bool(board.all(Reject)) is refused
    assert bool(board.all(OpenLeg)) is not refused
    if refused:
        assert (board.last(Reject).status, board.last(Reject).reason) == (code, failed(code, "").reason)
        [fact] = [one.fact for one in board.all(Audit) if one.fact.kind == "stir.refused"]
        assert fact.details["code"] == code
    else:
        assert board.record.verstat == "TN-Validation-Failed"


@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(("policy", "refused"), [("annotate", False), ("refuse", False), ("require", True)])
def test_a_call_without_signature_waits_for_nothing(board: Board, policy: StirPolicy, refused: bool) -> None:
    board.send(replace(CALL, signed=replace(SIGNED, identities=()), stir=policy))
    assert not board.all(VerifyPassport)
    if refused:
        assert board.last(Reject).status == 428
    else:
        assert board.record.verstat == "No-TN-Validation"


@pytest.mark.requirement("SIP-28")
def test_a_caller_without_number_is_let_through(board: Board) -> None:
    order = offer(board, "require")
    verdict(board, order, StirVerdict(status=Status.NONE, code=438, detail="the calling number is not known"))
    assert board.all(OpenLeg)


def test_no_verdict_in_time(board: Board) -> None:
    order = offer(board, "require")
    board.pass_time(HELD_S)
    assert board.record.verstat == NOT_VERIFIED.status
    n_saved = len(board.all(SaveCall))
    verdict(board, order, failed(438, "late"))
    assert len(board.all(SaveCall)) == n_saved
    assert not board.all(Reject)


@pytest.mark.rfc("3261", "9.2")
def test_the_caller_hangs_up_meanwhile(board: Board) -> None:
    order = offer(board)
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="cancel"))
    assert board.switchboard.deadline is None
    verdict(board, order, PASSED)
    assert not board.all(OpenLeg)


def test_a_trunk_that_is_not_asked(board: Board) -> None:
    board.send(replace(CALL, signed=None, stir="off"))
    assert board.record.verstat == ""
    assert not [one for one in board.all(Audit) if one.fact.kind.startswith("stir")]


def test_the_limit_of_waiting_calls(board: Board) -> None:
    for n in range(MAX_HELD):
        board.send(replace(CALL, leg=LegId(str(n))))
    assert not board.all(OpenLeg)
    board.send(replace(CALL, leg=LegId("one more")))
    assert board.record.verstat == "No-TN-Validation"
