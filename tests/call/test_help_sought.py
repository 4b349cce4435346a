"""What a leg was called for help with, and for how long it may be called back."""

from pbx.call.help_sought import HelpSought
from pbx.dialplan.locations import Location


def test_the_window_is_that_of_the_place() -> None:
    place = Location(name="house", country="GB", words="", window_s=1800.0)
    assert HelpSought(number="999", shown="", location=place).window_s == 1800.0
    assert HelpSought(number="999", shown="", location=None).window_s == 0.0
