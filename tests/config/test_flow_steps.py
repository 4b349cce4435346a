"""The models of steps: limits of what may be written."""

import pytest
from pydantic import ValidationError

from pbx.config.flow_steps import WrittenCollect, WrittenStepUp, WrittenStream


@pytest.mark.parametrize(("digits", "fits"), [(1, True), (32, True), (0, False), (33, False)])
def test_how_many_digits_may_be_collected(digits: int, fits: bool) -> None:
    written = {"collect": "Number?", "into": "a", "max_digits": digits, "next": "b", "otherwise": "c"}
    if fits:
        assert WrittenCollect.model_validate(written).max_digits == digits
        return
    with pytest.raises(ValidationError):
        WrittenCollect.model_validate(written)


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
