"""A change as a sentence."""

import pytest

from pbx.versions.change import LEADS_TO, Change, Kind
from pbx.versions.values import HIDDEN


def change(kind: Kind, what: str = "", before: str = "", after: str = "", note: str = "") -> str:
    return str(
        Change(tenant="acme", subject="it", kind=kind, what=what, before=before, after=after, note=note)
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (change("new"), "it"),
        (change("new", after="Alice"), "it: Alice"),
        (change("gone", before="Alice"), "it: Alice"),
        (change("changed", "name", "A", "B"), "it: name is B instead of A"),
        (change("changed", LEADS_TO, "flow a", "flow b"), "it: to flow b instead of flow a"),
        (change("new", "rules", after="mode: off"), "it: rules, new: mode: off"),
        (change("gone", "rules", "mode: off"), "it: rules, no more: mode: off"),
        (change("changed", "pin", HIDDEN, HIDDEN), "it: pin changed, not shown"),
        (change("changed", "pin", "nothing", HIDDEN), "it: pin changed, not shown"),
        (change("new", note="callers of 1"), "it (callers of 1)"),
    ],
)
def test_sentences(said: str, sentence: str) -> None:
    assert said == sentence
