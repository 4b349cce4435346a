"""Variables and conditions that are known before a call, and those that a flow asks for."""

import pytest

from pbx.importers.variables import MAX_ROUNDS, Asked, decide, expand, is_known, split


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("PJSIP/${EXTEN}", "PJSIP/9123"),
        ("${EXTEN:1}", "123"),
        ("${EXTEN:1:2}", "12"),
        ("${EXTEN:-2}", "23"),
        ("${CALLERID(num)}", "{caller}"),
        ("${A}", "9123"),
        ("${WHO}", "${WHO}"),
        ("${ORDER:1}", "${ORDER:1}"),
    ],
)
def test_variables(text: str, filled: str) -> None:
    assert expand(text, {"EXTEN": "9123", "A": "${EXTEN}", "ORDER": "{order}"}) == filled


def test_a_variable_that_is_itself_ends() -> None:
    assert MAX_ROUNDS < len(expand("${A}", {"A": "x${A}"})) < 10 * MAX_ROUNDS


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ('$["BUSY" = "BUSY"]', True),
        ("$[BUSY != BUSY]", False),
        ('$["{order}" = "42"]', Asked("order", "42", True)),
        ('$["42" != "{order}"]', Asked("order", "42", False)),
        ('$["{order}" = ""]', None),
        ("$[{order} > 4]", None),
        ('$["${DB(x/y)}" = "1"]', None),
        ("1", True),
        ("0", False),
        ("", False),
    ],
)
def test_conditions(condition: str, answer: bool | Asked | None) -> None:
    assert decide(condition) == answer


def test_arguments() -> None:
    assert split('a,b(c,d), "e,f",[g,h]') == ["a", "b(c,d)", '"e,f"', "[g,h]"]
    assert is_known("a{b}") and not is_known("${B}") and not is_known("$[1]")
