"""The clock of a recording: steps are seen, slewing and a machine that stands still are none."""

import pytest

from pbx.recording import clock
from pbx.recording.clock import MAX_STEPS, MIN_STEP_NS, STEPPED, Discipline, Look, StepWatch
from pbx.recording.journal import Note

S = 1_000_000_000
MS = 1_000_000
pytestmark = [pytest.mark.requirement("F-25"), pytest.mark.requirement("R-28")]


def at(monotonic_s: float, ahead_s: float, took_ns: int = 100) -> Look:
    now = round(monotonic_s * S)
    return Look(now - took_ns, now + round(ahead_s * S), now)


@pytest.mark.parametrize("step_s", [3600, -3600, 5, -5, 0.5, -0.5])
def test_a_step_is_seen_once_with_its_size(step_s: float) -> None:
    watch = StepWatch(at(10, 1000))
    assert watch.look(at(11, 1000)) == 0
    assert watch.look(at(11.15, 1000 + step_s)) == round(step_s * S)
    assert watch.look(at(11.3, 1000 + step_s)) == 0
    assert watch.look(at(500, 1000)) == -round(step_s * S)


def test_what_is_smaller_is_no_step() -> None:
    watch = StepWatch(at(10, 1000))
    assert watch.look(at(11, 1000 + (MIN_STEP_NS - 1) / S)) == 0
    assert watch.look(at(12, 1000)) == 0


def test_a_day_of_slewing_is_no_step_nor_is_a_smeared_leap_second() -> None:
    watch = StepWatch(at(0, 1000))
    looks = (at(second, 1000 + second * 500e-6) for second in range(1, 86_400, 10))
    assert {watch.look(one) for one in looks} == {0}


def test_a_machine_that_stood_still_between_the_clocks_makes_no_step() -> None:
    watch = StepWatch(at(10, 1000))
    assert watch.look(at(14, 997, took_ns=3 * S)) == 0
    assert watch.look(at(14.2, 1000)) == 0
    late = StepWatch(at(10, 997, took_ns=3 * S))
    assert (late.look(at(11, 1000)), late.look(at(12, 1001))) == (0, S)


def test_a_manifest_says_who_sets_the_clock_and_lists_the_steps() -> None:
    said = clock.said(
        clock.head_clock(at(1, 0), Discipline(source="disciplined", offset_us=-7, max_error_us=1500)),
        [clock.step_note(-5 * S, 3 * S), Note("hold", {}, 3 * S), clock.step_note(3600 * S, 4 * S)],
        1 * S,
    )
    assert said == {
        "source": "disciplined",
        "at": "1970-01-01T00:00:01.000000+00:00",
        "offset_us": -7,
        "max_error_us": 1500,
        "steps": [{"at_ms": 2000, "by_ms": -5000}, {"at_ms": 3000, "by_ms": 3_600_000}],
        "steps_omitted": 0,
    }


def test_what_the_kernel_does_not_say_is_null_and_an_old_journal_says_nothing() -> None:
    said = clock.said(clock.head_clock(at(1, 0), Discipline()), [], 0)
    assert said is not None
    assert (said["source"], said["offset_us"], said["max_error_us"]) == ("unknown", None, None)
    assert clock.said({}, [], 0) is None


@pytest.mark.parametrize("beyond", [0, 1])
def test_steps_beyond_the_limit_are_counted(beyond: int) -> None:
    said = clock.said({"source": "unknown"}, [Note(STEPPED, {"by_ms": "500"}, 1)] * (MAX_STEPS + beyond), 0)
    assert said is not None
    assert (len(said["steps"]), said["steps_omitted"]) == (MAX_STEPS, beyond)
