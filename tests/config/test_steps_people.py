"""A directory as written, and what it becomes."""

import pytest
from pydantic import ValidationError

from pbx.config.steps_people import STEPS, WrittenDirectory
from pbx.ivr.people import Directory


def built(written: dict[str, object]) -> object:
    return STEPS["directory"].build(WrittenDirectory.model_validate(written))


def test_ways_that_are_left_out() -> None:
    short = built({"directory": "last_name", "none": "a"})
    assert short == Directory(by="last_name", ring_s=25.0, none="a", no_answer="a", busy="a")
    whole = built({"directory": "any_name", "for": "9s", "none": "a", "no_answer": "b", "busy": "c"})
    assert whole == Directory(by="any_name", ring_s=9.0, none="a", no_answer="b", busy="c")
    part = built({"directory": "first_name", "none": "a", "no_answer": "b"})
    assert part == Directory(by="first_name", ring_s=25.0, none="a", no_answer="b", busy="b")


def test_another_name_is_none() -> None:
    with pytest.raises(ValidationError, match="last_name"):
        built({"directory": "nickname", "none": "a"})
