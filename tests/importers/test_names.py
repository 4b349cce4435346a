"""Names of others as ours."""

import pytest

from pbx.importers.names import MAX_NAME, name_of, new_name


@pytest.mark.parametrize(
    ("text", "name"),
    [("Sales Team", "sales-team"), ("600", "x-600"), ("", "x"), ("ä b", "b"), ("a" * 40, "a" * MAX_NAME)],
)
def test_a_name_is_as_near_as_there_is_one(text: str, name: str) -> None:
    assert name_of(text) == name


def test_nobody_gets_a_name_that_is_taken() -> None:
    assert new_name("a", {"a", "a-2"}) == "a-3"
    assert new_name("b" * 40, {"b" * MAX_NAME}) == "b" * (MAX_NAME - 2) + "-2"
