"""Dates of birth as typed (V-08)."""

from datetime import date

import pytest

from pbx.core.secret import Secret
from pbx.verify.date_of_birth import parse_date_of_birth

TODAY = date(2026, 11, 24)

VECTORS = [
    ("03021980", "19800203", "the example of the prompt"),
    ("01011900", None, "older than 120 years"),
    ("24111906", "19061124", "120 today"),
    ("25111906", "19061125", "119, 120 tomorrow"),
    ("24111905", None, "121 today"),
    ("25111905", "19051125", "120, 121 tomorrow"),
    ("24112026", "20261124", "born today"),
    ("25112026", None, "born tomorrow"),
    ("01012027", None, "born next year"),
    ("31129999", None, "far future"),
    ("29022000", "20000229", "leap year by 400"),
    ("29022024", "20240229", "leap year by 4"),
    ("29021900", None, "no leap year by 100"),
    ("29022023", None, "no leap year"),
    ("28022023", "20230228", "last of February"),
    ("30022000", None, "30 February"),
    ("31041990", None, "31 April"),
    ("30041990", "19900430", "30 April"),
    ("31061990", None, "31 June"),
    ("31091990", None, "31 September"),
    ("31111990", None, "31 November"),
    ("31121990", "19901231", "31 December"),
    ("31011990", "19900131", "31 January"),
    ("00011990", None, "day 00"),
    ("32011990", None, "day 32"),
    ("99011990", None, "day 99"),
    ("01001990", None, "month 00"),
    ("01131990", None, "month 13"),
    ("01990000", None, "month 99, year 0"),
    ("01010000", None, "year 0"),
    ("12311990", None, "month first, never swapped"),
    ("12111990", "19901112", "day first although month first is possible"),
    ("19900203", None, "year first"),
    ("030280", None, "six digits"),
    ("0302198", None, "seven digits"),
    ("030219801", None, "nine digits"),
    ("", None, "nothing"),
    ("0302198*", None, "a star"),
    ("0302198#", None, "a hash"),
    (" 3021980", None, "a blank"),
    ("+3021980", None, "a sign"),
    ("3_021980", None, "an underscore, which int() would take"),
    ("\u0660\u0663\u0660\u0662\u0661\u0669\u0668\u0660", None, "Arabic-Indic digits"),
    ("\uff10\uff13\uff10\uff12\uff11\uff19\uff18\uff10", None, "full-width digits"),
    ("\u00b23021980", None, "superscript two"),
]


@pytest.mark.requirement("V-08")
@pytest.mark.parametrize(("typed", "expected", "why"), VECTORS, ids=[row[2] for row in VECTORS])
def test_vector(typed: str, expected: str | None, why: str) -> None:
    parsed = parse_date_of_birth(Secret(typed), TODAY)
    assert (None if parsed is None else parsed.reveal()) == expected, why


@pytest.mark.requirement("V-08")
def test_there_are_at_least_forty_vectors() -> None:
    assert len(VECTORS) >= 40


def test_born_on_29_february_turns_120_on_1_march() -> None:
    assert parse_date_of_birth(Secret("29021904"), date(2025, 2, 28)) is not None
    assert parse_date_of_birth(Secret("29021904"), date(2025, 3, 1)) is None


@pytest.mark.requirement("V-07")
def test_result_does_not_show_itself() -> None:
    assert "1980" not in repr(parse_date_of_birth(Secret("03021980"), TODAY))
