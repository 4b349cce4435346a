"""What a `say` step says, as it is written and as it is run."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pbx.config.said import MAX_PARTS, Said, SaidPart
from pbx.phrases.phrase import Spoken

_SAID: TypeAdapter[tuple[SaidPart, ...]] = TypeAdapter(Said)


def built(value: Any) -> list[str | Spoken]:
    return [one for part in _SAID.validate_python(value) for one in part.build()]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Hello.", ["Hello."]),
        ({"text": "Hello."}, ["Hello."]),
        (["One.", "Two."], ["One.", "Two."]),
        ({"text": "You owe", "money": 12.5, "currency": "GBP"}, ["You owe", ("money", "12.5", "GBP", "")]),
        ({"money": 1250, "currency": "EUR", "unit": "minor"}, [("money", "1250", "EUR", "minor")]),
        ({"number": 42}, [("number", "42", "", "")]),
        ({"ordinal": "{place}", "gender": "f"}, [("ordinal", "{place}", "", "f")]),
        ({"count": 2, "of": "message"}, [("count", "2", "message", "")]),
        ({"date": "{today}", "form": "on_day"}, [("date", "{today}", "", "on_day")]),
        ({"time": "15:30", "clock": 12}, [("time", "15:30", "", "12")]),
        ({"digits": "{order}"}, [("digits", "{order}", "", "")]),
        (
            ["Your number is", {"telephone": "{caller}"}],
            ["Your number is", ("telephone", "{caller}", "", "")],
        ),
    ],
)
def test_what_is_written_is_said(written: Any, parts: list[str | tuple[str, str, str, str]]) -> None:
    found = [
        one if isinstance(one, str) else (one.kind, one.value, one.of, one.form) for one in built(written)
    ]
    assert found == parts


def test_the_order_of_eight_digits() -> None:
    (spoken,) = built({"date": "20280229", "order": "ymd"})
    assert isinstance(spoken, Spoken)
    assert spoken.order == "ymd"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (5, "expected text; what looks like a number needs quotes"),
        (None, "expected text; what looks like a number needs quotes"),
        ([["Hello."]], "expected text; what looks like a number needs quotes"),
        ({}, "nothing is said: write text, or one of number, ordinal,"),
        ({"number": 1, "digits": 1}, "number and digits are two values: write a list"),
        ({"count": 1}, "of what? write of: message, or another noun"),
        ({"money": 1}, "of which currency? write currency: GBP, or another one"),
        ({"text": "Hello.", "currency": "GBP"}, "currency goes with money only"),
        ({"number": 1, "of": "day"}, "of goes with count only"),
        ({"number": 1, "clock": 24}, "clock goes with time only"),
        ({"number": 1, "order": "ymd"}, "order goes with date only"),
        ({"number": True}, "valid string"),
        ({"number": ""}, "at least 1"),
        ({"number": "1" * 101}, "at most 100"),
        ({"text": "x" * 1001}, "at most 1000"),
        ({"number": 1, "gnder": "f"}, "not permitted"),
        ([], "at least 1"),
        (["x"] * (MAX_PARTS + 1), f"at most {MAX_PARTS}"),
    ],
)
def test_what_is_refused(written: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("?", r"\?")):
        built(written)
