"""`degradation` of `pbx.yaml`."""

import pytest

from pbx.config.degradation import DegradationSettings
from tests.config.conftest import Spoil


def test_what_holds_when_nothing_is_written() -> None:
    settings = DegradationSettings().database
    assert (settings.journal_mb, settings.when_full) == (256, "refuse_calls")


@pytest.mark.parametrize(("written", "is_right"), [(0, False), (1, True), (65536, True), (65537, False)])
def test_the_journal_has_a_size(spoil: Spoil, written: int, is_right: bool) -> None:
    problems = spoil("pbx.yaml", "journal_mb: 256", f"journal_mb: {written}")
    assert (problems == []) is is_right


def test_a_choice_that_is_none_is_named(spoil: Spoil) -> None:
    (problem,) = spoil("pbx.yaml", "when_full: refuse_calls", "when_full: refuse_call")
    assert "degradation.database.when_full" in problem and "refuse_calls" in problem
