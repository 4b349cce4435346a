"""`marketing.yaml` beside the other files."""

import pytest

from tests.config.conftest import Spoil


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("extensions: []", "extensions: [1001, 1009]", "extensions.1: there is no extension 1009"),
        ("numbers: []", 'numbers: [020 7946 0000, "12345"]', "numbers.1: 12345 is no full number in GB"),
        (
            "numbers: []",
            'hours: {UK: {mon-fri: ["09:00-18:00"]}}\nnumbers: []',
            "hours.UK: UK is no country of ISO 3166",
        ),
    ],
)
def test_names_and_numbers_that_there_are_not(spoil: Spoil, old: str, new: str, message: str) -> None:
    (line,) = spoil("acme/marketing.yaml", old, new)
    assert line.startswith("config/acme/marketing.yaml:")
    assert message in line


def test_a_part_of_a_country_is_none_of_another_name(spoil: Spoil) -> None:
    assert spoil("acme/marketing.yaml", "numbers: []", 'hours: {US-TX: {mon-fri: ["09:00-18:00"]}}') == []
