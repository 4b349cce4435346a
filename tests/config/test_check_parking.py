"""What can be wrong with a lot although it is well written."""

from pathlib import Path

import pytest

from pbx.config.check_prompts import check_prompts
from pbx.config.sources import read_tenant
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("CF-16", "CF-20")
FILE, NO_LOT = "acme/dialplan.yaml", "# parking: {}"


@pytest.mark.parametrize(
    ("lot", "message"),
    [
        ("{number: 1001}", "parking.number: 1001 is an extension already"),
        ("{slots: 1000-1001}", "parking.slots: 1001 is an extension already"),
        ("{slots: 110-112}", "parking.slots: 112 is an emergency number already"),
        ("{number: 9999}", "parking.number: 9999 is an emergency number already"),
        ("{music: hodl}", "parking.music: there is no class of music hodl (did you mean hold?)"),
        ("{otherwise: group/suport}", "there is no group/suport (did you mean group/support?)"),
        ("{otherwise: extension/1009}", "parking.otherwise: there is no extension/1009"),
    ],
)
def test_mistakes_are_named_with_their_place(spoil: Spoil, lot: str, message: str) -> None:
    (problem,) = spoil(FILE, NO_LOT, f"parking: {lot}")
    assert message in problem
    assert f"{FILE}:" in problem


FLOW = "acme/flows/support.yaml"
AGENTS = "agents: {ring: group/support, for: 25s, no_answer: message, busy: message}"


def test_a_flow_parks_where_there_is_a_lot(spoil: Spoil) -> None:
    (problem,) = spoil(FLOW, AGENTS, "agents: {park: any, back: message}")
    assert "steps.agents.park: there is no parking lot (write parking: {} in dialplan.yaml)" in problem
    assert spoil(FILE, NO_LOT, "parking: {}") == []


def test_a_flow_parks_in_a_slot_of_the_lot(spoil: Spoil) -> None:
    spoil(FILE, NO_LOT, "parking: {}")
    (problem,) = spoil(FLOW, AGENTS, "agents: {park: 710, back: message}")
    assert "steps.agents.park: there is no slot 710" in problem
    assert spoil(FLOW, "park: 710", "park: 709") == []
    (problem,) = spoil(FLOW, "park: 709", "park: 709, tell: group/suport")
    assert "steps.agents.tell: there is no group/suport (did you mean group/support?)" in problem


def test_a_room_has_its_number_for_itself(folder: Path, spoil: Spoil) -> None:
    (folder / "acme" / "conferences.yaml").write_text("conferences:\n  team: {number: 3000}\n")
    (problem,) = spoil(FILE, NO_LOT, "parking: {number: 3000}")
    assert "parking.number: 3000 is the conference team already" in problem


def test_without_an_engine_each_slot_is_recorded(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, NO_LOT, "parking: {}") == []
    acme = folder / "acme"
    source, _ = read_tenant(acme, "acme")
    assert not [one for one in check_prompts(source, "flite") if "parked" in str(one)]
    found = [str(one) for one in check_prompts(source, "none") if "parked" in str(one)]
    assert len(found) == 1
    assert 'parking.announce: no recording says "The call is parked at 7 0 1."' in found[0]
    index = acme / "prompts" / "en-GB" / "index.yaml"
    index.parent.mkdir(parents=True, exist_ok=True)
    recorded = [f'{n}.wav: "The call is parked at 7 0 {n}."\n' for n in range(1, 10)]
    index.write_text((index.read_text() if index.exists() else "") + "".join(recorded))
    source, _ = read_tenant(acme, "acme")
    assert not [one for one in check_prompts(source, "none") if "parked at" in str(one)]
