"""The conformance page says what the tests say."""

import ast

import pytest

from tests.conformance.page import PAGE, ROOT, Must, Rfc, collect, marks, page, proofs, read, render

SOURCE = '@pytest.mark.rfc("3261", "8.1")\n@pytest.mark.skip\nasync def test_x() -> None: ...\n'
NUMBERS = (
    "3261",
    "3262",
    "3264",
    "3311",
    "3515",
    "3605",
    "3891",
    "4028",
    "6026",
    "6665",
    "7865",
    "7866",
    "8643",
)


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make conformance`"


def test_marks_are_found() -> None:
    assert list(marks(ast.parse(SOURCE))) == [("test_x", "3261", "8.1")]


def test_every_rfc_has_its_obligations() -> None:
    rfcs = [read(file) for file in sorted((ROOT / "docs" / "conformance").glob("*.yaml"))]
    assert [rfc.number for rfc in rfcs] == list(NUMBERS)
    for rfc in rfcs:
        assert rfc.musts and len({(one.at, one.must) for one in rfc.musts}) == len(rfc.musts)


def test_a_row_names_tests_that_exist() -> None:
    tests = collect(ROOT)
    for file in sorted((ROOT / "docs" / "conformance").glob("*.yaml")):
        rfc = read(file)
        for must in rfc.musts:
            assert not must.by or len(proofs(rfc.number, must, tests)) == len(must.by), must


@pytest.mark.parametrize(
    ("must", "shown"),
    [
        (Must(at="1", must="m"), "`test_a.py::test_one`<br>`test_a.py::test_two`"),
        (Must(at="1", must="m", by=("test_two",)), "| `test_a.py::test_two` |"),
        (Must(at="1", must="m", by=("test_two",), shares=True), "| `test_a.py::test_two` |"),
        (Must(at="1", must="m", shares=True), "**no test names it**"),
        (Must(at="2", must="m"), "**no test names it**"),
        (Must(at="1", must="m", open="because"), "| because |"),
    ],
)
def test_rows(must: Must, shown: str) -> None:
    tests = {("1", "1"): ["test_a.py::test_one", "test_a.py::test_two"]}
    assert shown in render([Rfc(number="1", title="t", musts=(must,))], tests)
