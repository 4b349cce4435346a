"""Approvals that are over: told with their place, and only to who knows the time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.config.load import load
from tests.config.conftest import Spoil
from tests.config.test_consent import APPROVAL, FILE, LAX

LAST = datetime(2027, 1, 31, 23, 59, tzinfo=UTC)
NEXT_DAY = datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.requirement("C-10")
def test_an_expired_approval_is_a_warning_and_no_error(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, LAX, APPROVAL) == []
    assert load(folder).warnings == load(folder, now=LAST).warnings == ()
    (warning,) = load(folder, now=NEXT_DAY).warnings
    assert "acme/consent.yaml:7:15: default_unknown_approval.expires_on: the approval has expired" in warning
    assert "so notify_optout holds" in warning
