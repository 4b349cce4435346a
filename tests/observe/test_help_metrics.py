"""Calls for help are in the catalogue, by tenant."""

from pbx.observe import catalogue
from pbx.observe.help_metrics import HELP_CALLED, HELP_FAILED


def test_they_are_part_of_the_catalogue() -> None:
    assert (catalogue.HELP_CALLED, catalogue.HELP_FAILED) == (HELP_CALLED, HELP_FAILED)


def test_nobody_and_no_place_becomes_a_label() -> None:
    assert HELP_CALLED.labels == HELP_FAILED.labels == ("tenant",)
