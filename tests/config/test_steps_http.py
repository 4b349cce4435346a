"""The step `http` as it is written, and what it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.steps_http import MAX_PATH, MAX_TAKEN, MAX_TOLD, STEPS, WrittenHttp
from pbx.ivr.program_steps import AskHttp

pytestmark = pytest.mark.requirement("IVR-04")


def written(**changed: Any) -> WrittenHttp:
    http = {"server": "orders", "path": "/order?number={order}"} | changed
    return WrittenHttp.model_validate({"http": http, "next": "tell", "failed": "sorry"})


def test_what_it_becomes() -> None:
    asked = written(body={"no": "{order}"}, take={"state": "/s"}, keep="1 min", send_secret=["pin"])
    assert STEPS["http"].build(asked) == AskHttp(
        server="orders",
        path="/order?number={order}",
        body={"no": "{order}"},
        take={"state": "/s"},
        keep_s=60.0,
        secrets=("pin",),
        next="tell",
        failed="sorry",
    )
    assert STEPS["http"].step is AskHttp


def test_without_a_body_it_is_a_get() -> None:
    assert STEPS["http"].build(written()) == AskHttp(
        server="orders", path="/order?number={order}", next="tell", failed="sorry"
    )


@pytest.mark.requirement("S-25")
@pytest.mark.parametrize(
    "path",
    ["order", "/{order}", "/x y", "/x#y", "/a/../b", "/x?{", "/x?{Order}", "/x?ü", "//{caller}.example/"],
)
def test_values_stand_behind_the_question_mark_only(path: str) -> None:
    with pytest.raises(ValidationError):
        written(path=path)


@pytest.mark.parametrize(
    ("key", "fits", "too_much"),
    [
        ("path", "/" + "x" * (MAX_PATH - 1), "/" + "x" * MAX_PATH),
        ("body", {f"k{i}": "" for i in range(MAX_TOLD)}, {f"k{i}": "" for i in range(MAX_TOLD + 1)}),
        ("body", {"k": "x" * 500}, {"k": "x" * 501}),
        ("take", {f"k{i}": "/a" for i in range(MAX_TAKEN)}, {f"k{i}": "/a" for i in range(MAX_TAKEN + 1)}),
        ("keep", "1h", "3601s"),
        ("keep", "1s", "999ms"),
        ("take", {"k": "/a"}, {"k": "a"}),
        ("body", {"k": "{{"}, {"k": "{"}),
    ],
)
def test_limits(key: str, fits: object, too_much: object) -> None:
    written(**{key: fits})
    with pytest.raises(ValidationError):
        written(**{key: too_much})
