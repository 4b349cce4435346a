"""Rows of an answer, checked like those of a file."""

import logging

import pytest

from pbx.store.sources.source import people_of

ANN = {"name": "Ann", "entity_type": "individual", "phone": "01632 960123", "date_of_birth": "1980-02-03"}
NUMBER = "+441632960123"


def test_values_of_a_database_are_read_like_a_file() -> None:
    [ann] = people_of(
        "crm", [{**ANN, "id": 7, "vulnerable": True, "minor": None, "more": object()}], "GB", NUMBER
    )
    assert (ann.key, list(ann.flags)) == ("7", ["vulnerable"])


def test_a_row_that_is_wrong_or_anothers_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    other = ANN | {"phone": "01632 960124"}
    with caplog.at_level(logging.WARNING):
        assert people_of("crm", [other, ANN | {"date_of_birth": "1980-02-31"}, ANN, ANN], "GB", NUMBER) == (
            people_of("crm", [ANN], "GB", NUMBER)
        )
    assert [record.getMessage().partition(": a row is left out: ")[2] for record in caplog.records] == [
        "phone: not the number that was asked",
        "date_of_birth: must be 1980-02-03 or 3 February 1980, and not before 1900",
    ]


def test_a_pin_would_not_be_kept_and_protect_nobody(caplog: pytest.LogCaptureFixture) -> None:
    assert people_of("crm", [ANN | {"pin": "2580"}], "GB", NUMBER) == []
    [record] = caplog.records
    assert record.getMessage() == "customers of crm: a row is left out: pin: is read from files only"
