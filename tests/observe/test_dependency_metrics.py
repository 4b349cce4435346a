"""What the PBX depends on is in the catalogue, by words of ours."""

from pbx.observe import catalogue
from pbx.observe.dependency_metrics import DATABASE_AWAY, DEGRADED, DEPENDENCY_UP


def test_they_are_part_of_the_catalogue() -> None:
    assert {DATABASE_AWAY, DEGRADED, DEPENDENCY_UP} <= set(catalogue.ALL)
    assert DEGRADED.labels == DEPENDENCY_UP.labels == ("dependency",)
