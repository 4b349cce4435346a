"""One press is one digit, whatever ways it comes; two presses stay two."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import AudioFormat, DigitChoice, DigitKind
from pbx.media.digit_merger import (
    MAX_PRESSES,
    WINDOW_S,
    DigitMerger,
    accepted_kinds,
)
from pbx.media.dtmf import DIGITS, Digit

KINDS: tuple[DigitKind, ...] = ("rfc4733", "info", "inband")
Report = tuple[float, DigitKind, str]
ALL: frozenset[DigitKind] = frozenset(KINDS)
PLAIN = AudioFormat(encoding="PCMU", payload_type=0)
WITH_EVENTS = replace(PLAIN, dtmf_payload_type=101)

kinds = st.sampled_from(KINDS)
keys = st.sampled_from(DIGITS)


def digit(key: str) -> Digit:
    return Digit(key, 100)


def heard(merger: DigitMerger, reports: list[Report]) -> str:
    return "".join(d.key for at, kind, key in reports for d in merger.handle(kind, digit(key), at))


@pytest.mark.requirement("MED-05")
@pytest.mark.parametrize("order", [KINDS, KINDS[::-1], ("info", "rfc4733", "inband")])
def test_three_reports_of_one_press_are_one_digit(order: tuple[DigitKind, ...]) -> None:
    assert heard(DigitMerger(ALL), [(at / 4, kind, "7") for at, kind in enumerate(order)]) == "7"


def test_the_same_key_twice_stays_two() -> None:
    merger = DigitMerger(ALL)
    events: list[Report] = [(0.0, "rfc4733", "5"), (0.12, "rfc4733", "5")]
    copies: list[Report] = [
        (0.3, "inband", "5"),
        (0.4, "inband", "5"),
        (0.6, "info", "5"),
        (0.7, "info", "5"),
    ]
    assert heard(merger, events) == "55"
    assert heard(merger, copies) == ""


def test_a_press_that_one_kind_missed_is_told_by_the_other() -> None:
    assert heard(DigitMerger(ALL), [(0, "rfc4733", "1"), (0.1, "inband", "1"), (0.4, "inband", "1")]) == "11"


def test_window() -> None:
    at_limit: list[Report] = [(0.0, "rfc4733", "1"), (WINDOW_S, "info", "1")]
    beyond: list[Report] = [(0.0, "rfc4733", "1"), (WINDOW_S + 0.001, "info", "1")]
    assert heard(DigitMerger(ALL), at_limit) == "1"
    assert heard(DigitMerger(ALL), beyond) == "11"


def test_open_presses_are_limited() -> None:
    def late_copies(n_presses: int) -> str:
        merger = DigitMerger(ALL)
        first: Report = (0.0, "rfc4733", "1")
        other: Report = (0.1, "rfc4733", "2")
        heard(merger, [first] + [other] * (n_presses - 1))
        return heard(merger, [(0.2, "info", "1")])

    assert late_copies(MAX_PRESSES) == ""
    assert late_copies(MAX_PRESSES + 1) == "1"


@pytest.mark.parametrize(
    ("choice", "agreed", "expected"),
    [
        ("auto", WITH_EVENTS, {"rfc4733", "info"}),
        ("auto", replace(PLAIN, dtmf_receive_types=(96,)), {"rfc4733", "info"}),
        ("auto", PLAIN, {"info", "inband"}),
        ("rfc4733", PLAIN, {"rfc4733"}),
        ("inband", WITH_EVENTS, {"inband"}),
        ("info", WITH_EVENTS, {"info"}),
    ],
)
def test_kinds_of_a_leg(choice: DigitChoice, agreed: AudioFormat, expected: set[str]) -> None:
    assert accepted_kinds(choice, agreed) == expected


def test_a_kind_that_does_not_count_is_not_heard() -> None:
    merger = DigitMerger(frozenset(("rfc4733",)))
    assert heard(merger, [(0, "inband", "1"), (0, "info", "1"), (0.1, "rfc4733", "1")]) == "1"
    merger.accept(ALL)
    assert merger.accepted == ALL
    assert heard(merger, [(0.2, "inband", "1")]) == "", "the press before the change is still open"


@given(st.lists(st.tuples(keys, st.floats(0.04, 2)), max_size=30), st.sets(kinds, min_size=1))
def test_each_press_is_one_digit(presses: list[tuple[str, float]], by: set[DigitKind]) -> None:
    """Every kind tells every press in order, each with a constant delay of its own within the window."""
    delays = {kind: index * WINDOW_S / 3 for index, kind in enumerate(sorted(by))}
    at = 0.0
    reports: list[Report] = []
    for key, gap in presses:
        at += gap
        reports += [(at + delays[kind], kind, key) for kind in by]
    assert heard(DigitMerger(ALL), sorted(reports)) == "".join(key for key, _ in presses)


@given(st.lists(st.tuples(st.floats(0, 5), kinds, keys), max_size=60))
def test_as_many_as_the_busiest_kind_and_no_more_than_were_told(
    reports: list[Report],
) -> None:
    told = heard(DigitMerger(ALL), sorted(reports))
    for key in DIGITS:
        by_kind = [sum(kind == k and key == d for _, k, d in reports) for kind in KINDS]
        assert max(by_kind) <= told.count(key) <= sum(by_kind)


@given(st.lists(st.tuples(st.floats(0, 5), keys), max_size=30), kinds)
def test_one_kind_alone_is_passed_on_as_it_is(reports: list[tuple[float, str]], kind: DigitKind) -> None:
    ordered = sorted(reports)
    assert heard(DigitMerger(ALL), [(at, kind, key) for at, key in ordered]) == "".join(k for _, k in ordered)


def test_the_window_begins_when_a_key_is_let_go() -> None:
    merger = DigitMerger(ALL)
    assert merger.handle("rfc4733", digit("5"), 1.0) == [digit("5")]
    merger.lasts("rfc4733", 3.0)
    assert merger.handle("info", digit("5"), 3.0 + WINDOW_S) == []
    merger.lasts("rfc4733", 3.0)
    assert merger.handle("inband", digit("5"), 3.01 + WINDOW_S) == [digit("5")]
    DigitMerger(ALL).lasts("info", 1.0)
