"""The customer file line by line."""

from pathlib import Path

import pytest

from pbx.core.errors import ConfigError
from pbx.store.customer_file import read_customers
from pbx.verify.people import MAX_FIELD

HEADER = "name,entity_type,phone,date_of_birth\n"


def read(tmp_path: Path, body: str, header: str = HEADER) -> tuple[list[str], tuple[tuple[int, str], ...]]:
    path = tmp_path / "c.csv"
    path.write_text(header + body, encoding="utf-8")
    lines, problems = read_customers(path, "GB")
    return [line.date_of_birth.reveal() if line.date_of_birth else line.e164 for line in lines], problems


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("Ann,individual,01632 960123,1980-02-03", "19800203"),
        ("Ann,Individual,+44 1632 960123, 3 February 1980 ", "19800203"),
        ("Ann,individual,01632 960123,29 February 2000", "20000229"),
        ('"Ann, the second",individual,01632 960123,1900-01-01', "19000101"),
        ("Ltd,company,01632 960123,", "+441632960123"),
    ],
)
def test_accepted(tmp_path: Path, line: str, accepted: str) -> None:
    assert read(tmp_path, line) == ([accepted], ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Ann,individual,01632 960123", "has 3 fields instead of 4"),
        (",individual,01632 960123,1980-02-03", "name: "),
        ("A" * (MAX_FIELD + 1) + ",individual,01632 960123,1980-02-03", "name: "),
        ("Ann,robot,01632 960123,1980-02-03", "entity_type: "),
        ("Ann,individual,,1980-02-03", "phone: "),
        ("Ann,individual,12,1980-02-03", "phone: "),
        ("Ann,individual,01632 960123,", "date_of_birth: must be given"),
        ("Ltd,company,01632 960123,1980-02-03", "date_of_birth: must be empty"),
        ("Ann,individual,01632 960123,03/02/1980", "date_of_birth: "),
        ("Ann,individual,01632 960123,1980-02-30", "date_of_birth: "),
        ("Ann,individual,01632 960123,1899-12-31", "date_of_birth: "),
    ],
)
def test_refused_with_its_line_and_without_its_content(tmp_path: Path, line: str, problem: str) -> None:
    accepted, [(number, message)] = read(tmp_path, "Ok,company,01632 960100,\n" + line)
    assert accepted == ["+441632960100"]
    assert number == 3
    assert message.startswith(problem)
    assert "1980-02" not in message or "1980-02-03 or" in message


def test_same_name_and_number_twice(tmp_path: Path) -> None:
    line = "Ann,individual,01632 960123,1980-02-03\n"
    accepted, problems = read(tmp_path, line + "ANN,individual,+441632960123,1999-09-09\n")
    assert accepted == ["19800203"]
    assert problems == ((3, "the same name and phone as line 2"),)


def test_a_byte_order_mark_and_empty_lines(tmp_path: Path) -> None:
    accepted, problems = read(tmp_path, "\n\nLtd,company,01632 960123,\n", "\ufeff" + HEADER)
    assert (len(accepted), problems) == (1, ())


@pytest.mark.parametrize("header", ["", "name;entity_type;phone;date_of_birth\n", "phone,name\n"])
def test_wrong_header(tmp_path: Path, header: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "", header)
    assert (caught.value.line, caught.value.hint) == (1, "name,entity_type,phone,date_of_birth")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (f"id,{HEADER}", ""),
        ("ID," + HEADER.strip() + ",extra_secruity\n", "there is no column"),
        (f"name,{HEADER}", "the column name is there twice"),
    ],
)
def test_more_columns(tmp_path: Path, header: str, problem: str) -> None:
    if not problem:
        assert read(tmp_path, "7,Ltd,company,01632 960123,\n7,Inc,company,01632 960124,\n", header) == (
            ["+441632960123"],
            ((3, "the same id as line 2"),),
        )
        return
    with pytest.raises(ConfigError, match=problem):
        read(tmp_path, "", header)


def test_not_a_readable_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_customers(tmp_path / "none.csv", "GB")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"Zo\xeb,company,01632960123,", "is not UTF-8"),
        (b'"never closed,company,01632960123,', "is not CSV"),
        (b'"a" b,company,01632960123,', "is not CSV"),
        (b"A\0B,company,01632960123,\xff", "is not UTF-8"),
    ],
)
def test_an_unreadable_line_costs_only_itself(tmp_path: Path, line: bytes, problem: str) -> None:
    path = tmp_path / "c.csv"
    good = b"First,company,01632 960100,\n", b"Last,company,01632 960101,\r\n"
    path.write_bytes(HEADER.encode() + good[0] + line + b"\n" + good[1])
    lines, [(number, message)] = read_customers(path, "GB")
    assert [one.name for one in lines] == ["First", "Last"]
    assert (number, message.startswith(problem)) == (3, True)
