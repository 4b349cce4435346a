"""What can be wrong with an internal number although it is well written."""

from pathlib import Path

import pytest

from tests.config.conftest import Spoil

FILE, NO_LOT = "acme/dialplan.yaml", "# parking: {}"


@pytest.mark.parametrize(
    ("internal", "message"),
    [
        ("{1001: {flow: echo}}", "internal.1001: 1001 is an extension already"),
        ("{112: {flow: echo}}", "internal.112: 112 is an emergency number already"),
        ("{9112: {flow: echo}}", "internal.9112: 9112 is an emergency number already"),
        ("{600: {flow: ecko}}", "internal.600.flow: there is no flow ecko (did you mean echo?)"),
    ],
)
def test_mistakes_are_named_with_their_place(spoil: Spoil, internal: str, message: str) -> None:
    (problem,) = spoil(FILE, NO_LOT, f"internal: {internal}")
    assert message in problem
    assert f"{FILE}:" in problem


def test_a_slot_and_a_room_have_their_numbers_for_themselves(folder: Path, spoil: Spoil) -> None:
    (folder / "acme" / "conferences.yaml").write_text("conferences:\n  team: {number: 3000}\n")
    problems = spoil(
        FILE, NO_LOT, "parking: {}\ninternal: {701: {flow: echo}, 3000: {flow: echo}, 600: {flow: echo}}"
    )
    assert len(problems) == 2
    assert "internal.701: 701 is of the parking lot already" in problems[0]
    assert "internal.3000: 3000 is the conference team already" in problems[1]


def test_the_number_that_tries_help_is_nobody_elses(folder: Path, spoil: Spoil) -> None:
    with (folder / "acme" / "emergency.yaml").open("a") as file:
        file.write("test: {number: 933}\n")
    problems = spoil(FILE, NO_LOT, "internal: {933: {flow: echo}}")
    assert any("933 is the number that tries what help is told already" in one for one in problems)
