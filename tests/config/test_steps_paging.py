"""A page as written, and what it becomes."""

import pytest
from pydantic import ValidationError

from pbx.config.steps_paging import LONGEST_S, STEPS, WrittenPage
from pbx.ivr.paging import Page
from tests.config.conftest import Spoil

AGENTS = "agents: {ring: group/support, for: 25s, no_answer: message, busy: message}"


def built(written: dict[str, object]) -> object:
    return STEPS["page"].build(WrittenPage.model_validate(written))


def test_what_it_becomes() -> None:
    assert built({"page": "group/shop"}) == Page(target="group/shop", most_s=60.0)
    whole = built({"page": "extension/1001", "for": f"{LONGEST_S:g}s", "next": "a", "none": "b"})
    assert whole == Page(target="extension/1001", most_s=LONGEST_S, next="a", none="b")


@pytest.mark.parametrize(
    "written",
    [
        {"page": "group/shop", "for": f"{LONGEST_S + 1:g}s"},
        {"page": "group/shop", "for": "0s"},
        {"page": "flow/shop"},
        {"page": "shop"},
    ],
)
def test_what_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        built(written)


def test_a_group_that_there_is_not(spoil: Spoil) -> None:
    (problem,) = spoil("acme/flows/support.yaml", AGENTS, "agents: {page: group/suport, next: message}")
    assert "steps.agents.page: there is no group/suport (did you mean group/support?)" in problem
