"""The metric of opening hours is one of the catalogue."""

from pbx.observe.catalogue import ALL
from pbx.observe.schedule_metric import SCHEDULE_OPEN


def test_it_is_in_the_catalogue() -> None:
    assert SCHEDULE_OPEN in ALL
