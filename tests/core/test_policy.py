"""A call's records name the policy that was in force (D-17)."""

import pytest

from pbx.call.effects import Audit, SaveConsent
from pbx.core.policy import PolicyName
from pbx.media.effects import StartRecording
from tests.call.conftest import Board
from tests.call.support import board_with, to_agents, to_question

NAME = PolicyName(version="2026-11", sha256="ab" * 32)
SAID = {"policy_version": NAME.version, "policy_sha256": NAME.sha256}


@pytest.mark.requirement("D-17")
def test_consent_announcement_verification_and_recording_name_it() -> None:
    board = board_with(privacy=NAME)
    to_agents(board)
    proof = board.last(SaveConsent).record.proof
    assert (proof.policy_version, proof.policy_sha256) == (NAME.version, NAME.sha256)
    (fact,) = (one.fact for one in board.all(Audit) if one.fact.kind == f"consent.{proof.state}")
    assert SAID.items() <= fact.details.items()
    (settled,) = (one.fact for one in board.all(Audit) if one.fact.kind == "verification.settled")
    assert SAID.items() <= settled.details.items()
    assert SAID.items() <= board.last(StartRecording).policy.items()


@pytest.mark.requirement("D-17")
def test_without_one_nothing_is_said_of_it() -> None:
    board = Board()
    to_question(board)
    assert board.last(SaveConsent).record.proof.policy_version == ""
    assert not any("policy_version" in one.fact.details for one in board.all(Audit))
    assert "policy_version" not in board.last(StartRecording).policy
