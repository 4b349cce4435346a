"""Places in JSON documents, as RFC 6901 has them."""

import json
from decimal import Decimal
from typing import Any

import pytest

from pbx.core.json_pointer import MAX_PARTS, pointer_parts, text_of, value_at

DOCUMENT: dict[str, Any] = {"order": [{"state": "shipped"}], "a/b": 1, "m~n": 8, "": 0, "none": None}


@pytest.mark.rfc("6901", "5")
@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/order/0/state", "shipped"), ("/a~1b", 1), ("/m~0n", 8), ("/", 0), ("/order", [{"state": "shipped"}])],
)
def test_a_value_is_found(pointer: str, value: object) -> None:
    assert value_at(DOCUMENT, pointer_parts(pointer)) == value


@pytest.mark.parametrize("pointer", ["/order/1", "/order/00", "/order/-", "/order/0/state/x", "/no", "/none"])
def test_nothing_is_there(pointer: str) -> None:
    assert value_at(DOCUMENT, pointer_parts(pointer)) is None


@pytest.mark.rfc("6901", "3")
@pytest.mark.parametrize("pointer", ["", "order", "/a~2", "/a~", "/a\n", "/a" * (MAX_PARTS + 1)])
def test_what_is_no_pointer_is_refused(pointer: str) -> None:
    with pytest.raises(ValueError, match="expected a place|at most"):
        pointer_parts(pointer)


def test_as_many_parts_as_allowed() -> None:
    assert pointer_parts("/a" * MAX_PARTS) == ("a",) * MAX_PARTS


def test_scalars_are_texts() -> None:
    document = json.loads('["x", 7, 1.50, true, false, null, {}, []]', parse_float=Decimal)
    assert [text_of(one) for one in document] == ["x", "7", "1.50", "true", "false", "", None, None]
