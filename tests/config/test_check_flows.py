"""Flows that are well written and still wrong."""

from pathlib import Path

import pytest

from pbx.config.check_flows import check_flow
from pbx.config.flows import build_flow
from pbx.config.load import load
from pbx.config.marks import parse
from pbx.config.read import Read, validate
from pbx.config.schema import FlowFile
from pbx.config.sources import FlowSource


def problems(steps: str, start: str = "a") -> tuple[list[str], list[str]]:
    text = f"flow: test\nstart: {start}\nsteps:\n{steps}"
    document, errors = parse(text.encode(), "f.yaml")
    assert document is not None and not errors
    model, errors = validate(document, (), document.value, FlowFile)
    assert model is not None and not errors
    read = Read(document=document, model=model)
    plan, errors = build_flow(read)
    assert plan is not None and not errors, errors
    found, warnings = check_flow(FlowSource(file=read, plan=plan))
    return [str(error) for error in found], [str(warning) for warning in warnings]


def test_a_sound_flow() -> None:
    assert problems("  a: {say: Hello., next: b}\n  b: {hang_up: Bye.}\n") == ([], [])


def test_unknown_steps_at_their_places() -> None:
    steps = "  one: {menu: Press., keys: {1: tow}, otherwise: two}\n  two: {hang_up: }\n"
    assert problems(steps, start="on")[0] == [
        "f.yaml:2:8: start: there is no step on (did you mean one?)",
        "f.yaml:4:33: steps.one.keys.1: there is no step tow (did you mean two?)",
    ]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("  a: {go_to: a}\n", "comes back to a for ever"),
        ("  a: {go_to: b}\n  b: {go_to: a}\n", "comes back to a for ever"),
        ("  a: {ring: group/x, no_answer: b, busy: a}\n  b: {hang_up: }\n", "comes back to a for ever"),
        ("  a: {say: Hello., next: a}\n", "no way from here ever ends"),
        ("  a: {say: Hello., next: b}\n  b: {say: Again., next: a}\n", "no way from here ever ends"),
    ],
)
def test_flows_that_never_end(steps: str, expected: str) -> None:
    assert expected in problems(steps)[0][0]


def test_a_date_of_birth_alone_identifies_nobody() -> None:
    steps = "  a: {verify: {with: [date_of_birth]}, verified: b, otherwise: b}\n  b: {hang_up: }\n"
    (error,) = problems(steps)[0]
    assert error.startswith("f.yaml:4:22: steps.a.verify.with: a date of birth alone identifies nobody (add")
    assert problems(steps.replace("date_of_birth", "phone_number")) == ([], [])


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("account_number", "an account number alone identifies nobody"),
        ("typed_number", "a typed number alone proves nothing"),
        ("phone_number, typed_number, date_of_birth", "not both"),
        ("typed_number, account_number", None),
        ("phone_number, date_of_birth, account_number", None),
        ("phone_number, date_of_birth, pin", None),
        ("phone_number, pin", "a PIN is asked for beside what the caller knows"),
        ("pin", "a PIN is asked for beside what the caller knows"),
    ],
)
def test_what_proves_who_calls(methods: str, expected: str | None) -> None:
    steps = f"  a: {{verify: {{with: [{methods}]}}, verified: b, otherwise: b}}\n  b: {{hang_up: }}\n"
    errors, _ = problems(steps)
    assert (expected in errors[0]) if expected is not None else errors == []


def test_a_loop_that_waits_and_has_a_way_out_is_a_queue() -> None:
    steps = "  a: {ring: group/x, no_answer: b, busy: b}\n  b: {say: Please hold., next: a}\n"
    assert problems(steps) == ([], [])


def test_a_step_nobody_reaches_is_a_warning() -> None:
    errors, warnings = problems("  a: {hang_up: }\n  lost: {hang_up: }\n")
    assert errors == []
    assert warnings == [
        "f.yaml:5:3: steps.lost: no other step leads here (name it in another step, or take it out)"
    ]


MENU = """flow: support
start: ask
steps:
  ask: {menu: "For sales press 1.", keys: {1: ring}, otherwise: again}
  again: {say: "Please choose.", next: ask}
  ring: {ring: group/support, no_answer: bye, busy: bye}
  bye: {hang_up: null}
"""


def test_whoever_presses_nothing_has_to_get_out(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(MENU)
    (folder / "acme/tests/support.yaml").unlink()  # of the flow as it was
    assert load(folder).warnings == (
        "config/acme/flows/support.yaml:4:3: steps.ask: whoever presses nothing stays here for ever "
        "(let otherwise lead to a step that ends: a ring, a voicemail, a hang_up)",
    )


def test_whoever_presses_nothing_may_ring_somebody(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(MENU.replace("otherwise: again", "otherwise: ring"))
    assert [line for line in load(folder).warnings if "for ever" in line] == []
