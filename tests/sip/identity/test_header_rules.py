"""Nothing passes unless it is named, and what the stack writes never does."""

import pytest

from pbx.sip.identity.header_rules import MAX_EXTRA, MAX_VALUE, RESERVED, HeaderRules
from pbx.sip.message import Headers

OURS = ("X-Customer", "42")


@pytest.mark.requirement("S-50")
def test_nothing_passes_by_default() -> None:
    headers = Headers()
    headers.add(*OURS)
    assert HeaderRules().of(headers) == ()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (HeaderRules(passes=("x-customer",)), (OURS,)),
        (HeaderRules(passes=("X-*",)), (OURS,)),
        (HeaderRules(passes=("X-*",), removes=("X-Customer",)), ()),
        (HeaderRules(passes=("X-*",), sets=(("X-Customer", "1"),)), (("X-Customer", "1"),)),
        (HeaderRules(sets=(("X-Via", "pbx"),)), (("X-Via", "pbx"),)),
        (HeaderRules(passes=("Y-*",)), ()),
    ],
)
def test_rules(rules: HeaderRules, expected: tuple[tuple[str, str], ...]) -> None:
    assert rules.apply((OURS,)) == expected


@pytest.mark.rfc("7433", "4")
def test_user_to_user_passes_when_it_is_named() -> None:
    value = "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui"
    assert HeaderRules(passes=("User-to-User",)).apply((("User-To-User", value),)) == (
        ("User-To-User", value),
    )


@pytest.mark.requirement("S-50")
@pytest.mark.parametrize(
    "name", ["From", "f", "Via", "P-Asserted-Identity", "Identity", "y", "Diversion", "Privacy"]
)
def test_what_the_stack_writes_never_passes(name: str) -> None:
    assert HeaderRules(passes=("*", name)).apply(((name, "x"),)) == ()


def test_reserved_names_are_look_up_forms() -> None:
    assert {"via", "identity", "content-type"} <= RESERVED


@pytest.mark.requirement("S-25")
def test_limits() -> None:
    rules = HeaderRules(passes=("X-*",))
    assert len(rules.apply(tuple((f"X-{n}", "v") for n in range(MAX_EXTRA + 1)))) == MAX_EXTRA
    assert rules.apply((("X-A", "v" * MAX_VALUE),))
    assert not rules.apply((("X-A", "v" * (MAX_VALUE + 1)),))
    assert not rules.apply((("X-A", "a\tb"),))
