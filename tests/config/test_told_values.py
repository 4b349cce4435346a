"""What may be told to programs."""

import pytest

from pbx.config import marks
from pbx.config.told_values import unknown_values
from pbx.ivr.steps import Collect, FlowPlan
from pbx.ivr.variables import SetTo

PIN = Collect(text="?", variable="pin", min_digits=1, max_digits=4, next="s", fallback="s", invalid_text="!")
PLAN = FlowPlan(name="f", start="s", steps={"s": SetTo(values={"order": "1"}, next="pin"), "pin": PIN})
TEXT = "a: {path: x, body: y}\n"


@pytest.mark.parametrize(
    ("key", "name", "secrets", "said"),
    [
        ("body", "order", (), ""),
        ("body", "caller", (), ""),
        ("body", "pin", ("pin",), ""),
        ("body", "pin", (), "name it in send_secret"),
        ("path", "pin", (), "a URL stands in logs"),
        ("body", "ordr", (), "did you mean order?"),
    ],
)
def test_names_that_are_known(key: str, name: str, secrets: tuple[str, ...], said: str) -> None:
    document, _ = marks.parse(TEXT.encode(), "x.yaml")
    assert document is not None
    found = [str(one) for one in unknown_values(document, ("a", key), (name,), (PLAN, secrets))]
    assert (said in found[0]) if said else found == []
