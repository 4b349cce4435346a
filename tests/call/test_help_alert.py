"""What the desk is shown and told of a call for help."""

import pytest

from pbx.call.context import HelpDesk
from pbx.call.help_alert import Alarm, said
from pbx.call.help_sought import HelpSought
from pbx.dialplan.locations import Location
from pbx.phrases.phrase import Spoken

DESK = HelpDesk(extensions=("1001",), says="Emergency call from", where="at")
PLACE = Location(name="house", country="GB", words="room 2, 12 High Street")
SOUGHT = HelpSought(number="999", shown="+441632960100", location=PLACE)


@pytest.mark.requirement("CF-42")
def test_who_and_where() -> None:
    alarm = Alarm(extension="1003", name="Carol", sought=SOUGHT)
    assert alarm.label == "EMERGENCY 999 Carol, room 2, 12 High Street"
    digits = Spoken(kind="digits", value="1003")
    assert said(DESK, alarm) == ("Emergency call from", "Carol", digits, "at", "room 2, 12 High Street")


def test_what_is_not_known_is_left_out() -> None:
    nowhere = HelpSought(number="112", shown="", location=None)
    assert said(DESK, Alarm(extension="", name="", sought=nowhere)) == ("Emergency call from",)
    assert Alarm(extension="1003", name="", sought=nowhere).label == "EMERGENCY 112 1003"


def test_a_long_name_leaves_room_for_the_place() -> None:
    label = Alarm(extension="1003", name="x" * 64, sought=SOUGHT).label
    assert label == f"EMERGENCY 999 {'x' * 26}, room 2, 12 High Street"
