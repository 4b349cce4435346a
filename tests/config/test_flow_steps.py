"""The models of steps: limits of what may be written."""

import pytest
from pydantic import ValidationError

from pbx.config.flow_steps import (
    MAX_CASES,
    MAX_COMPARED,
    MAX_SET,
    WrittenCollect,
    WrittenMatch,
    WrittenSet,
    WrittenStepUp,
    WrittenStream,
)


@pytest.mark.parametrize(("digits", "fits"), [(1, True), (32, True), (0, False), (33, False)])
def test_how_many_digits_may_be_collected(digits: int, fits: bool) -> None:
    written = {"collect": "Number?", "into": "a", "max_digits": digits, "next": "b", "otherwise": "c"}
    if fits:
        assert WrittenCollect.model_validate(written).max_digits == digits
        return
    with pytest.raises(ValidationError):
        WrittenCollect.model_validate(written)


@pytest.mark.requirement("IVR-03")
@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "max_digits is missing: say how many digits, or a type"),
        ({"type": "date_dmy", "max_digits": 8}, "a date_dmy has its own length"),
        ({"type": "time", "min_digits": 3}, "a time has its own length"),
        ({"type": "card", "secret": False}, "a card is always secret"),
    ],
)
def test_what_does_not_fit_the_type_of_a_field(written: dict[str, object], message: str) -> None:
    step = {"collect": "Number?", "into": "a", "next": "b", "otherwise": "c", **written}
    with pytest.raises(ValidationError, match=message):
        WrittenCollect.model_validate(step)


@pytest.mark.requirement("IVR-03")
@pytest.mark.parametrize(
    ("written", "n_digits"),
    [({"max_digits": 8}, (1, 8)), ({"type": "time"}, (3, 4)), ({"type": "card"}, (12, 19))],
)
def test_how_long_a_field_is(written: dict[str, object], n_digits: tuple[int, int]) -> None:
    step = {"collect": "Number?", "into": "a", "next": "b", "otherwise": "c", **written}
    assert WrittenCollect.model_validate(step).n_digits == n_digits


@pytest.mark.parametrize(
    ("purpose", "fits"), [("abc", True), ("a" * 60, True), ("ab", False), ("a" * 61, False), ("a\nbc", False)]
)
def test_a_purpose_fits_into_a_text_message(purpose: str, fits: bool) -> None:
    written = {"step_up": {"by": ["one_time_code"], "purpose": purpose}, "verified": "b", "otherwise": "c"}
    if fits:
        assert WrittenStepUp.model_validate(written).step_up.purpose == purpose
        return
    with pytest.raises(ValidationError):
        WrittenStepUp.model_validate(written)


def test_a_stream_over_the_network_is_encrypted() -> None:
    with pytest.raises(ValidationError, match="everybody on the way could listen"):
        WrittenStream.model_validate({"media_stream": {"url": "ws://192.0.2.1/"}, "failed": "a"})


def match_of(*cases: dict[str, object]) -> WrittenMatch:
    return WrittenMatch.model_validate({"match": "order", "cases": list(cases), "otherwise": "b"})


@pytest.mark.requirement("S-23")
def test_a_match_is_bounded() -> None:
    full: dict[str, object] = {"is": [f"{n:064}" for n in range(MAX_COMPARED)], "then": "a"}
    assert len(match_of(*(full for _ in range(MAX_CASES))).cases) == MAX_CASES
    with pytest.raises(ValidationError, match="at most 32"):
        match_of(*(full for _ in range(MAX_CASES + 1)))
    with pytest.raises(ValidationError, match="at most 64"):
        match_of({"begins": [str(n) for n in range(MAX_COMPARED + 1)], "then": "a"})


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ({"then": "a"}, "a case that compares nothing never fits"),
        ({"is": [], "then": "a"}, "at least 1"),
        ({"is": "", "then": "a"}, "1 to 64 characters"),
        ({"begins": "x" * 65, "then": "a"}, "1 to 64 characters"),
        ({"is": "a\nb", "then": "a"}, "1 to 64 characters"),
        ({"is": ["7", "7"], "then": "a"}, "listed twice"),
        ({"is": 1.5, "then": "a"}, "valid string"),
        ({"matches": "[0-9]+", "then": "a"}, "Extra inputs"),
    ],
)
def test_a_case_that_is_refused(case: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        match_of(case)


@pytest.mark.parametrize(("n", "fits"), [(1, True), (MAX_SET, True), (0, False), (MAX_SET + 1, False)])
def test_how_many_variables_one_step_sets(n: int, fits: bool) -> None:
    written = {"set": {f"v{i}": "x" for i in range(n)}, "next": "b"}
    if fits:
        assert len(WrittenSet.model_validate(written).given) == n
        return
    with pytest.raises(ValidationError):
        WrittenSet.model_validate(written)
