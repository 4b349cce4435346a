"""The dialogs of extensions, over calls that come and go in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import CallId
from pbx.services.lines import Lines, LinesOfCall, lines_first
from pbx.sip.effects import SetLine
from pbx.sip.notify.line import LineDialog, LineState

ONE, TWO = CallId("one"), CallId("two")


def dialog(name: str, state: LineState = "early") -> LineDialog:
    return LineDialog(id=name, state=state, direction="recipient")


def test_only_what_changed_is_told() -> None:
    lines = Lines()
    a, b = dialog("a"), dialog("b")
    assert lines.update("acme", ONE, {"1": (a,), "2": (b,)}) == [
        SetLine(tenant="acme", extension="1", dialogs=(a,)),
        SetLine(tenant="acme", extension="2", dialogs=(b,)),
    ]
    assert lines.update("acme", ONE, {"1": (a,), "2": (b,)}) == []
    assert lines.update("acme", ONE, {"2": (b,)}) == [SetLine(tenant="acme", extension="1", dialogs=())]
    assert lines.update("acme", ONE, {}) == [SetLine(tenant="acme", extension="2", dialogs=())]
    assert lines.update("acme", ONE, {}) == []


@pytest.mark.requirement("REG-04")
def test_a_second_call_of_an_extension_is_beside_the_first() -> None:
    lines = Lines()
    a, b = dialog("a", "confirmed"), dialog("b")
    lines.update("acme", ONE, {"1": (a,)})
    assert lines.update("acme", TWO, {"1": (b,)}) == [SetLine(tenant="acme", extension="1", dialogs=(a, b))]
    assert lines.update("acme", ONE, {}) == [SetLine(tenant="acme", extension="1", dialogs=(b,))]


def test_tenants_with_the_same_extensions_do_not_meet() -> None:
    lines = Lines()
    a, b = dialog("a"), dialog("b")
    lines.update("acme", ONE, {"1": (a,)})
    assert lines.update("umbrella", TWO, {"1": (b,)}) == [
        SetLine(tenant="umbrella", extension="1", dialogs=(b,))
    ]


@pytest.mark.requirement("REG-04")
def test_of_one_turn_the_last_state_counts_and_comes_first() -> None:
    idle = SetLine(tenant="acme", extension="1", dialogs=())
    busy = SetLine(tenant="acme", extension="1", dialogs=(dialog("a", "confirmed"),))
    other = SetLine(tenant="umbrella", extension="1", dialogs=())
    assert lines_first(["x", idle, other, "y", busy]) == [busy, other, "x", "y"]


SHOWN = st.dictionaries(
    st.sampled_from("123"), st.tuples(st.builds(dialog, st.sampled_from("xyz"))), max_size=3
)


@pytest.mark.requirement("REG-04")
@given(changes=st.lists(st.tuples(st.sampled_from("abcd"), SHOWN), max_size=30))
def test_any_row_of_changes_ends_in_the_truth(changes: list[tuple[str, LinesOfCall]]) -> None:
    lines = Lines()
    told: dict[str, tuple[LineDialog, ...]] = {}
    truth: dict[str, LinesOfCall] = {}
    for call, shown in [*changes, *((call, {}) for call in "abcd")]:
        truth[call] = shown
        for order in lines.update("acme", CallId(call), shown):
            told[order.extension] = order.dialogs
        for extension in "123":
            expected = [one for of_call in truth.values() for one in of_call.get(extension, ())]
            assert sorted(told.get(extension, ()), key=repr) == sorted(expected, key=repr)
    assert not any(told.values())
