"""The file of a screening: what is taken, and what is wrong with the other lines."""

from pathlib import Path

import pytest

from pbx.core.errors import ConfigError
from pbx.store import screening_file
from pbx.store.screening_file import MAX_LINE, read_screening
from pbx.store.screenings import Result


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "tps.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_numbers_are_e164_and_a_registered_one_stays_so(tmp_path: Path) -> None:
    text = "\ufeffNumber,Registered\r\n020 7946 0000,yes\r\n+44 113 496 0000,NO\r\n\r\n02079460000,no\r\n"
    results, problems = read_screening(written(tmp_path, text), "GB")
    assert results == [
        Result(number="+442079460000", registered=True),
        Result(number="+441134960000", registered=False),
    ]
    assert problems == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"12,yes", "not a possible telephone number"),
        (b"02079460000,perhaps", "expected a number, a comma, and yes or no"),
        (b"02079460000", "expected a number, a comma, and yes or no"),
        (b"02079460000,yes,no", "expected a number, a comma, and yes or no"),
        (b'"02079460000,yes', "is not CSV in UTF-8"),
        (b"\xff,yes", "is not CSV in UTF-8"),
        (b"0" * (MAX_LINE - 3) + b",yes", f"longer than {MAX_LINE} octets"),
        (b"0" * (MAX_LINE - 4) + b",yes", "not a possible telephone number"),
    ],
)
def test_a_wrong_line_costs_itself_alone(tmp_path: Path, line: bytes, problem: str) -> None:
    file = written(tmp_path, b"number,registered\n" + line + b"\n01134960000,no\n")
    results, problems = read_screening(file, "GB")
    assert problems == ((2, problem),)
    assert [one.number for one in results] == ["+441134960000"]


@pytest.mark.parametrize("text", ["", "02079460000,yes\n", "registered,number\n"])
def test_without_its_header_a_file_is_another(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="header"):
        read_screening(written(tmp_path, text), "GB")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_screening(tmp_path / "tps.csv", "GB")


def test_a_file_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening_file, "MAX_LINES", 2)
    text = "number,registered\n" + "01134960000,no\n" * 2
    assert len(read_screening(written(tmp_path, text), "GB")[0]) == 1
    with pytest.raises(ConfigError, match="more than 2 numbers"):
        read_screening(written(tmp_path, text + "01134960000,no\n"), "GB")
