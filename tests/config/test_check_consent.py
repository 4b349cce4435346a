"""Approvals that are over: told with their place, and only to who knows the time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from tests.config.conftest import Spoil
from tests.config.test_consent import APPROVAL, FILE, LAX
from tests.config.test_law import configured

LAST = datetime(2027, 1, 31, 23, 59, tzinfo=UTC)
NEXT_DAY = datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.requirement("C-10")
def test_an_expired_approval_is_a_warning_and_no_error(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, LAX, APPROVAL) == []
    assert load(folder).warnings == load(folder, now=LAST).warnings == ()
    (warning,) = load(folder, now=NEXT_DAY).warnings
    assert "acme/consent.yaml:7:15: default_unknown_approval.expires_on: the approval has expired" in warning
    assert "so notify_optout holds" in warning


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize(
    ("floors", "named"), [("{DE: notify}", "notify is laxer than optin_all"), ("{GB: optin_all}", "")]
)
def test_a_floor_below_the_law_takes_two_people(tmp_path: Path, floors: str, named: str) -> None:
    folder = configured(tmp_path, f"floors: {floors}")
    if not named:
        assert load(folder).tenants["acme"].consent.floors == {"GB": "optin_all"}
        return
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    (problem,) = caught.value.errors
    assert named in str(problem) and "pbx consents override ask" in str(problem)
