"""Where nothing is known of a call, it is closed, withheld and unverified."""

from pbx.conditions.circumstances import UNKNOWN


def test_nothing_is_known() -> None:
    assert (UNKNOWN.at, UNKNOWN.caller, UNKNOWN.verdict, UNKNOWN.headers) == (None, None, None, ())
    assert UNKNOWN.level == "V0"
    assert UNKNOWN.schedules.state("office", UNKNOWN.at).kind == "closed"
