"""The garbage collector of a long process."""

import gc
from collections.abc import Iterator

import pytest

from pbx.core.io.collector import THRESHOLDS, settle_memory


@pytest.fixture
def collector() -> Iterator[None]:
    """Put this process's collector back as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
def test_what_is_there_at_the_start_is_not_looked_through_again() -> None:
    settle_memory()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == THRESHOLDS
    assert gc.isenabled()
