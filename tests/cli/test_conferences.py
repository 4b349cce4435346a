"""`pbx conferences` shows what the running PBX has written of its rooms."""

import json
import os

import pytest

from pbx.config.places import Places
from tests.cli.conftest import Pbx

pytestmark = pytest.mark.requirement("CNF-02")
SEATS = [
    {"leg": "a", "call": "call-a", "party": "extension/1001", "muted": True, "talks": False},
    {"leg": "b", "call": "call-b", "party": "trunk/carrier", "muted": False, "talks": True},
]


@pytest.fixture
def meeting(places: Places) -> Places:
    places.ready.write_text(f"{os.getpid()}\n")
    places.rooms.write_text(json.dumps({"acme/team": SEATS, "acme/board": SEATS[:1]}))
    return places


async def test_the_rooms_and_who_talks_in_each(pbx: Pbx, meeting: Places) -> None:
    assert (await pbx("conferences", "--json")).json == [
        {"room": "acme/team", "parties": 2, "talks": "trunk/carrier"},
        {"room": "acme/board", "parties": 1, "talks": None},
    ]
    _, first, _ = (await pbx("conferences", "list")).out.splitlines()
    assert first.split() == ["acme/team", "2", "trunk/carrier"]


async def test_the_parties_of_a_room(pbx: Pbx, meeting: Places) -> None:
    assert (await pbx("conferences", "show", "acme/team", "--json")).json == SEATS
    lines = (await pbx("conferences", "show", "acme/team")).out.splitlines()
    assert lines[2].split() == ["trunk/carrier", "yes", "no", "call-b", "b"]


async def test_a_room_in_which_nobody_is(pbx: Pbx, meeting: Places) -> None:
    said = await pbx("conferences", "show", "acme/nobody")
    assert said.code == 1
    assert said.err == "pbx: nobody is in a room acme/nobody: see `pbx conferences`\n"


async def test_what_a_pbx_that_is_down_left_behind_is_not_shown(pbx: Pbx, meeting: Places) -> None:
    meeting.ready.unlink()
    assert (await pbx("conferences", "--json")).json == []
