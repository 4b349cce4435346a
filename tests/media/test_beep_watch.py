"""A beep that is due and does not sound is a fault, once each time."""

import pytest

from pbx.media.beep_watch import BeepWatch
from pbx.media.effects import Beep

pytestmark = pytest.mark.requirement("C-13")
BEEP = Beep(hz=1400, level_dbm0=-20.0, on_ms=200, every_ms=15_000)


def test_two_intervals_without_a_beep_are_a_fault_and_one_is_none() -> None:
    watch = BeepWatch()
    assert watch.look(BEEP, 0, 100.0) == ""
    assert watch.look(BEEP, 0, 130.0) == ""
    assert watch.look(BEEP, 0, 131.0) == "no beep for 31 s while it is recorded"
    assert watch.look(BEEP, 0, 200.0) == "", "it is told once"


def test_after_a_beep_it_is_told_anew() -> None:
    watch = BeepWatch()
    for second in range(60):  # one beep of ten frames each quarter of a minute
        assert watch.look(BEEP, 10 * (second // 15 + 1), float(second)) == ""
    assert [bool(watch.look(BEEP, 40, float(second))) for second in (60, 75, 76, 77)] == [
        *(False, False, True, False)
    ]
    assert watch.look(BEEP, 50, 80.0) == ""
    assert watch.look(BEEP, 50, 111.0) != ""


def test_nobody_misses_what_is_not_due() -> None:
    watch = BeepWatch()
    for second in range(0, 600, 20):
        assert watch.look(None if second % 40 else BEEP, 0, float(second)) == "", (
            "a pause begins the time anew"
        )
