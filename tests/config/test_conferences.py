"""A room as it is written, and the flow behind its number."""

from pathlib import Path

import pytest

from pbx.config.conferences import (
    DEFAULT_PARTIES,
    MAX_CONFERENCES,
    MOST_PARTIES,
    ConferencesFile,
    WrittenConference,
    flow_into,
    flow_name,
)
from pbx.config.load import load
from pbx.dialplan.rules import RoomRule
from pbx.ivr.steps import Conference
from pbx.media.room import MAX_PARTIES

pytestmark = pytest.mark.requirement("CNF-01")


def test_a_room_needs_nothing_but_its_name() -> None:
    room = WrittenConference()
    assert (room.pin, room.number, room.max_parties, room.announce) == (None, None, DEFAULT_PARTIES, "beep")


@pytest.mark.parametrize(
    ("written", "is_right"),
    [
        ({"pin": 2468}, True),
        ({"pin": "0123456789012345"}, True),
        ({"pin": "01234567890123456"}, False),
        ({"pin": "246"}, False),
        ({"pin": "24a8"}, False),
        ({"max_parties": 1}, False),
        ({"max_parties": 2}, True),
        ({"max_parties": MOST_PARTIES}, True),
        ({"max_parties": MOST_PARTIES + 1}, False),
        ({"sample_rate": 8000}, True),
        ({"sample_rate": 48000}, False),
        ({"announce": "trumpet"}, False),
    ],
)
def test_limits(written: dict[str, object], is_right: bool) -> None:
    try:
        WrittenConference.model_validate(written)
    except ValueError:
        assert not is_right
    else:
        assert is_right


@pytest.mark.parametrize(("n", "is_right"), [(MAX_CONFERENCES, True), (MAX_CONFERENCES + 1, False)])
def test_a_tenant_has_so_many_rooms(n: int, is_right: bool) -> None:
    rooms = {f"r{i}": WrittenConference() for i in range(n)}
    try:
        ConferencesFile(conferences=rooms)
    except ValueError:
        assert not is_right
    else:
        assert is_right


def test_no_room_is_larger_than_the_worker_can_mix() -> None:
    assert MOST_PARTIES == MAX_PARTIES


def test_the_pin_is_not_shown() -> None:
    assert "2468" not in repr(WrittenConference(pin="2468"))


def test_a_number_becomes_a_flow(folder: Path) -> None:
    text = "conferences:\n  team: {number: 3000}\n  quiet: {}\n"
    (folder / "acme" / "conferences.yaml").write_text(text)
    acme = load(folder).tenants["acme"]
    assert set(acme.conferences) == {"team", "quiet"}
    assert acme.flows[flow_name("team")] == flow_into("team")
    assert flow_name("quiet") not in acme.flows
    assert flow_into("team").steps["room"] == Conference(conference="team", next=None, refused=None)
    rooms = tuple(one for one in acme.rules.rooms if one.flow.startswith("conference/"))
    place = rooms[0].place
    assert rooms == (RoomRule(number="3000", flow="conference/team", place=place),)
    assert place.endswith("acme/conferences.yaml:2")
