"""When a party that says nothing is gone: at once after the timeout, unless it may rest."""

import pytest

from pbx.media.silence import REPORTS_S, Silence, SilenceRules

RULES = SilenceRules(timeout_s=30.0, rest_s=1800.0)
HEARD = 1000.0


def gone_after(silence: Silence, rules: SilenceRules = RULES) -> float:
    """Return the first tenth of a second, since the party was heard, in which it is gone."""
    return next(n / 10 for n in range(10**6) if silence.is_over(rules, HEARD + n / 10))


@pytest.mark.requirement("MED-11")
def test_who_should_be_heard_is_gone_after_the_timeout() -> None:
    reports = (HEARD + 20, HEARD + 25)
    assert gone_after(Silence(heard_at=HEARD)) == 30.0
    assert gone_after(Silence(heard_at=HEARD, reports=reports)) == 30.0  # it is there, but nobody hears it


@pytest.mark.requirement("MED-11")
@pytest.mark.rfc("3389", "4")
def test_who_rests_without_reports_has_longer() -> None:
    assert gone_after(Silence(heard_at=HEARD, may_rest=True)) == 1800.0
    earlier = (HEARD - 10, HEARD - 5)
    assert gone_after(Silence(heard_at=HEARD, may_rest=True, reports=earlier)) == 1800.0


@pytest.mark.requirement("MED-11")
@pytest.mark.rfc("3550", "6.2")
def test_who_rests_and_reports_is_there_as_long_as_it_does() -> None:
    hours = 7200.0
    reports = (HEARD + hours - 5, HEARD + hours)
    assert gone_after(Silence(heard_at=HEARD, may_rest=True, reports=reports)) == hours + REPORTS_S


@pytest.mark.requirement("MED-11")
def test_one_report_in_a_silence_proves_no_habit() -> None:
    reports = (HEARD - 1, HEARD + 4)
    assert gone_after(Silence(heard_at=HEARD, may_rest=True, reports=reports)) == 4 + 1800.0


@pytest.mark.requirement("MED-11")
def test_rest_is_never_shorter_than_the_timeout() -> None:
    rules = SilenceRules(timeout_s=60.0, rest_s=5.0)
    assert gone_after(Silence(heard_at=HEARD, may_rest=True), rules) == 60.0
    reports = (HEARD, HEARD)
    assert gone_after(Silence(heard_at=HEARD, may_rest=True, reports=reports), rules) == 60.0
