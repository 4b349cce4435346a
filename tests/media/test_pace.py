"""How late a worker says that it is."""

from pbx.media.pace import BEAT_S, REPORT_S, Pace

N_BEATS = round(REPORT_S / BEAT_S)


def reports(lates: list[float]) -> list[float]:
    """What is told of beats that come as late as this, in seconds."""
    now, told = 0.0, []
    pace = Pace(now)
    for late_s in lates:
        now = round(now + BEAT_S + late_s, 6)
        report = pace.beat(late_s, now)
        told += [] if report is None else [report]
    return told


def test_one_report_in_a_second() -> None:
    assert reports([0.0] * (3 * N_BEATS)) == [0.0, 0.0, 0.0]


def test_half_of_the_beats_were_later_than_what_is_told() -> None:
    assert reports([0.01, 0.02, 0.09, 0.095, 0.1, 0.5]) == [92.5]


def test_a_stall_is_one_beat_among_others() -> None:
    assert reports([0.0] * 5 + [2.0]) == [0.0]


def test_a_stall_that_fills_its_second_is_one_report() -> None:
    assert reports([2.0] + [0.0] * N_BEATS) == [2000.0, 0.0]
