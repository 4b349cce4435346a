"""What flows set and go by, as `pbx check` has it."""

import pytest

from pbx.config.check_variables import check_variables
from pbx.config.flows import build_flow
from pbx.config.marks import parse
from pbx.config.read import Read, validate
from pbx.config.schema import FlowFile
from tests.config.conftest import Spoil

FLOW = """flow: desk
start: order
steps:
  order: {collect: "Order?", into: order, max_digits: 8, secret: false, next: card, otherwise: desk}
  card: {collect: "Card?", into: card, max_digits: 16, next: desk, otherwise: desk}
  desk: {set: {desk: berlin}, next: other}
  other: {set: {desk: bonn}, next: go}
  go: STEP
  end: {hang_up: null}
"""
CASE = "{match: OF, cases: [{HOW: VALUE, then: end}], otherwise: end}"


def problems(step: str, flow: str = FLOW) -> list[str]:
    document, errors = parse(flow.replace("STEP", step).encode(), "f.yaml")
    assert document is not None and not errors
    model, errors = validate(document, (), document.value, FlowFile)
    assert model is not None and not errors
    plan, errors = build_flow(Read(document=document, model=model))
    assert not errors
    return [str(error) for error in check_variables(document, plan)]


def of(name: str, value: str, how: str = "is") -> str:
    return CASE.replace("OF", name).replace("HOW", how).replace("VALUE", value)


@pytest.mark.parametrize(
    "step",
    [
        of("order", "4711"),
        of("order", "['0', '1']", "begins"),
        of("desk", "[berlin, bonn]"),
        of("desk", "b", "begins"),
        of("caller", "[1001, +441632960200]"),
        of("called", "'+'", "begins"),
        of("language", "de-DE"),
        of("language", "[de, en-, fr-C]", "begins"),
        "{match: desk, cases: [{is: bonn, then: end}, {begins: b, then: desk}], otherwise: end}",
        "{set: {order: 5, floor: ground}, next: end}",
    ],
)
def test_what_can_be_gone_by(step: str) -> None:
    assert problems(step) == []


@pytest.mark.requirement("S-25")
@pytest.mark.parametrize(
    ("step", "at", "message"),
    [
        (
            of("card", "1"),
            "card",
            "what is collected into card is a secret entry (the way of a call is in its record; if it is "
            "none, write secret: false where it is collected)",
        ),
        (of("ordre", "1"), "ordre", "no step collects or sets ordre (did you mean order?)"),
        (of("tenant", "acme"), "tenant", "no step collects or sets tenant"),
        (of("date_of_birth", "1"), "date_of_birth", "no step collects or sets date_of_birth"),
        (of("desk", "berlni"), "berlni", "desk is never berlni (did you mean berlin?)"),
        (of("order", "[1, x]"), "x]", "order is never x (what callers enter are digits)"),
        (
            of("caller", "01632960200"),
            "01632960200",
            "caller is never 01632960200 (write a number of the network in full, such as +441632960100",
        ),
        (of("called", "0", "begins"), "0", "called is never 0 (write a number"),
        (of("language", "de"), "de", "language is never de (write a language tag such as de-DE"),
        (of("language", "german", "begins"), "german", "language is never german"),
        (
            "{set: {caller: x}, next: end}",
            "caller",
            "caller is a value of the call (give the variable another",
        ),
        ("{set: {card: 1}, next: end}", "card", "what is collected into card is a secret entry (give the"),
    ],
)
def test_what_cannot(step: str, at: str, message: str) -> None:
    (found,) = problems(step)
    column = f"  go: {step}".index(at) + 1
    assert found.startswith(f"f.yaml:8:{column}: steps.go.")
    assert message in found


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("begins: '1'", "is: '12'", "12"),
        ("is: '12'", "is: '12'", "12"),
        ("begins: '1'", "begins: '12'", "12"),
        ("is: '12'", "begins: '12'", None),
        ("begins: '12'", "begins: '1'", None),
    ],
)
def test_a_case_that_an_earlier_one_hides(first: str, second: str, taken: str | None) -> None:
    cases = f"[{{{first}, then: end}}, {{{second}, then: end}}]"
    found = problems(f"{{match: order, cases: {cases}, otherwise: end}}")
    assert [one.partition("never fits: ")[2] for one in found] == (
        [f"an earlier case takes {taken}"] if taken else []
    )


def test_it_is_checked_with_everything_else(spoil: Spoil) -> None:
    """And so are the steps that cases lead to."""
    written = "  welcome: {match: desk, cases: [{is: berlin, then: consnt}], otherwise: consent}"
    said = '  welcome: {say: "Thank you for calling Acme.", next: consent}'
    found = [one.partition("support.yaml:")[2] for one in spoil("acme/flows/support.yaml", said, written)]
    assert sorted(found) == [
        "4:20: steps.welcome.match: no step collects or sets desk",
        "4:53: steps.welcome.cases.0.then: there is no step consnt (did you mean consent?)",
    ]


def test_a_variable_with_the_name_of_a_value() -> None:
    entry = '{collect: "Number?", into: caller, max_digits: 8, next: end, otherwise: end}'
    (found,) = problems(f"{entry}\n  by: {of('caller', '1001')}")
    assert "steps.by.match: caller is a value of the call and a variable (give the variable another" in found


@pytest.mark.parametrize(("n", "fits"), [(61, True), (62, False)])
def test_how_many_variables_a_flow_has(n: int, fits: bool) -> None:
    """Besides the three of the flow."""
    more = "".join(
        f"\n  more{n // 16}: {{set: {{{', '.join(f'v{i}: x' for i in part)}}}, next: end}}"
        for n, part in ((at, range(at, min(at + 16, n))) for at in range(0, n, 16))
    )
    found = problems(f"{{go_to: more0}}{more}")
    assert (
        found == []
        if fits
        else [one.partition("steps: ")[2] for one in found] == ["a flow has at most 64 variables"]
    )


@pytest.mark.requirement("IVR-03")
@pytest.mark.parametrize(
    ("how", "value", "found"),
    [
        ("is", "2028-02-29", []),
        ("begins", "2028-", []),
        ("is", "2027-02-29", ["order is never 2027-02-29 (a date_dmy is kept as 2000-02-01)"]),
        ("is", "29022028", ["order is never 29022028 (a date_dmy is kept as 2000-02-01)"]),
        ("begins", "29.", ["order is never 29. (a date_dmy is kept as 2000-02-01)"]),
    ],
)
def test_a_date_is_compared_as_it_is_kept(how: str, value: str, found: list[str]) -> None:
    dated = FLOW.replace("into: order, max_digits: 8", "into: order, type: date_dmy")
    step = of("order", f"'{value}'", how)
    assert [one.partition(": ")[2].partition(": ")[2] for one in problems(step, dated)] == found
