"""A transfer as written, and what it becomes."""

import pytest
from pydantic import ValidationError

from pbx.config.steps_onward import STEPS, WrittenTransfer
from pbx.ivr.onward import Transfer
from pbx.ivr.step import Step
from pbx.ivr.timing import Timing


def transfer(**written: object) -> Step:
    written = {name.rstrip("_"): one for name, one in written.items()}
    return STEPS["transfer"].build(WrittenTransfer.model_validate(written))


def test_what_it_becomes() -> None:
    assert transfer(transfer="extension/1003", failed="a") == Transfer(
        target="extension/1003", busy="a", failed="a"
    )
    assert transfer(transfer="group/support", failed="a", busy="b", for_="9s") == Transfer(
        target="group/support", ring_s=9.0, busy="b", failed="a"
    )
    assert transfer(transfer={"number": "01632 960999", "account": 1001}, failed="a") == Transfer(
        target="number/01632 960999", busy="a", failed="a", timing=Timing(account="1001", asks_key=False)
    )
    assert transfer(transfer="flow/night") == Transfer(target="flow/night")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"transfer": "flow/night", "failed": "a"}, "another flow never fails"),
        ({"transfer": "extension/1003"}, "the key failed is missing"),
        ({"transfer": {"number": "01632 960999"}, "failed": "a"}, "whose call is it?"),
        ({"transfer": {"to": "flow/a", "account": "1001"}}, "account goes with number"),
        ({"transfer": {}, "failed": "a"}, "expected to"),
        ({"transfer": 1003, "failed": "a"}, "needs quotes"),
        ({"transfer": "trunk/carrier", "failed": "a"}, "String should match"),
    ],
)
def test_what_leads_nowhere(written: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        WrittenTransfer.model_validate(written)
