"""Questions of flows to programs are counted, by what came of them."""

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.observe import catalogue
from pbx.observe.call_counts import CallCounts
from pbx.observe.program_metrics import PROGRAM_ANSWERS


@pytest.mark.parametrize(
    ("outcome", "label"), [("next", "answered"), ("not_found", "answered"), ("failed", "failed")]
)
def test_no_word_of_a_plan_becomes_a_label(outcome: str, label: str) -> None:
    counts = CallCounts()
    details: dict[str, str | int | bool | None] = {"kind": "http", "outcome": outcome, "step": "a.b"}
    counts.fact(AuditFact(kind="flow.answered", call=CallId("c"), tenant="acme", details=details))
    (family,) = [one for one in counts.families() if one.metric is PROGRAM_ANSWERS]
    assert family.rows == ((("acme", "http", label), 1.0),)


def test_it_is_part_of_the_catalogue() -> None:
    assert PROGRAM_ANSWERS in catalogue.ALL
