"""What can be wrong with rooms although each is well written."""

from pathlib import Path

import pytest

from pbx.config.check_conferences import check_conferences
from pbx.config.check_prompts import check_prompts
from pbx.config.sources import read_tenant

pytestmark = pytest.mark.requirement("CNF-01")
STEP = "flow: meet\nstart: room\nsteps:\n  room: {conference: team}\n"


def problems(folder: Path, rooms: str, *, step: str = STEP) -> list[str]:
    acme = folder / "acme"
    if rooms:
        (acme / "conferences.yaml").write_text(f"conferences:\n{rooms}")
    (acme / "flows" / "meet.yaml").write_text(step)
    source, errors = read_tenant(acme, "acme")
    assert errors == []
    return [str(error) for error in check_conferences(source)]


def test_a_room_that_a_flow_leads_to(folder: Path) -> None:
    assert problems(folder, "  team: {number: 3000}\n  other: {number: 3001, music: hold}\n") == []


@pytest.mark.parametrize(
    ("rooms", "message"),
    [
        (
            "  team: {number: 1001}\n",
            "conferences.yaml:2:18: conferences.team.number: 1001 is an extension",
        ),
        ("  team: {number: 999}\n", "999 is an emergency number already"),
        ("  team: {number: 3000}\n  x: {number: 3000}\n", "x.number: 3000 is the conference team already"),
        ("  team: {music: hodl}\n", "there is no class of music hodl (did you mean hold?)"),
        ("  teams: {}\n", "acme/flows/meet.yaml:4:22: steps.room.conference: there is no conference team"),
        ("", "there is no conference team (rooms are listed in conferences.yaml)"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, rooms: str, message: str) -> None:
    (error,) = problems(folder, rooms)
    assert message in error


def test_the_question_for_a_pin_must_be_heard(folder: Path) -> None:
    assert problems(folder, "  team: {pin: 2468}\n  open: {}\n") == []
    source, _ = read_tenant(folder / "acme", "acme")
    said = [str(error) for error in check_prompts(source, "none") if "conferences" in str(error)]
    assert len(said) == 2
    assert 'conferences.team: no recording says "Please enter the PIN' in said[0]
